"""The live page of a voice: in the browser it sounds as in PyTorch, hears as Python does, takes up a key at once and without a crack, and what
leaves it stands behind the same doors."""

from __future__ import annotations

import numpy as np
import pytest

from lib import ledger, share
from lib.errors import UserError
from lib.media import clear_pitch, sound_measures
from lib.media.sound import Sound
from lib.models.ddsp import generate as playing
from lib.models.ddsp import lines
from lib.models.ddsp.hearing import Heard
from lib.models.ddsp.units import HOP, RATE
from lib.project import Consent
from lib.ui.http import addresses
from tests.chromium import DEVICES
from tests.sounding import sounding_project

CHROMIUM = DEVICES
CLOSE = 1e-4    # of full scale

PLAYED = """async ([address, hertz, loudness, sings, noise]) => {
    const { Voice, readWeights, HOP } = await import("/live_sound/ddsp.js");
    const weights = readWeights(await (await fetch(address)).arrayBuffer()), voice = new Voice(weights), out = [], block = new Float32Array(HOP);
    voice.begin(hertz[0], loudness[0], sings[0]);
    for (let at = 1; at < hertz.length; at++) {
        voice.block(hertz[at], loudness[at], sings[at], block, noise.slice((at - 1) * HOP, at * HOP));
        out.push(...block);
    }
    return out;
}"""
IN_THE_ROOM = """async ([address, dry]) => {
    const { readWeights, RATE } = await import("/live_sound/ddsp.js");
    const response = readWeights(await (await fetch(address)).arrayBuffer())["room.response"], audio = new OfflineAudioContext(1, dry.length, RATE);
    const echo = audio.createBuffer(1, response.length + 1, RATE), given = audio.createBuffer(1, dry.length, RATE);
    echo.copyToChannel(response, 0, 1);
    given.copyToChannel(Float32Array.from(dry), 0);
    const source = new AudioBufferSourceNode(audio, { buffer: given }), convolver = new ConvolverNode(audio, { disableNormalization: true, buffer: echo });
    source.connect(audio.destination);
    source.connect(convolver).connect(audio.destination);
    source.start();
    return [...(await audio.startRendering()).getChannelData(0)];
}"""
HEARD = """async windows => {
    const { Ear, WINDOW } = await import("/live_sound/pitch.js"), ear = new Ear();
    return windows.map(window => { const { hertz, clear, loudness } = ear.hear(Float32Array.from(window)); return [hertz, clear, loudness]; });
}"""
# Keys in the browser's own audio thread, without a loudspeaker: a key is pressed after a quarter of a second, another follows, both are let go.
KEYS = """async address => {
    const { readWeights, RATE } = await import("/live_sound/ddsp.js");
    const weights = readWeights(await (await fetch(address)).arrayBuffer()), audio = new OfflineAudioContext(1, 3 * RATE, RATE);
    await audio.audioWorklet.addModule("/live_sound/worklet.js");
    const sounding = new AudioWorkletNode(audio, "sounding", { numberOfInputs: 0, outputChannelCount: [1], processorOptions: { weights } });
    sounding.connect(audio.destination);
    const at = async (seconds, told) => { await audio.suspend(seconds); const heard = new Promise(done => { sounding.port.onmessage = done; });
        sounding.port.postMessage(told); await new Promise(done => setTimeout(done, 50)); audio.resume(); };
    sounding.port.postMessage({ breath: 0.01, vibrato: 0 });
    const pressed = [[0.25, { press: ["a", 57, -15] }], [1, { press: ["b", 64, -15] }], [1.75, { release: "b" }], [2.25, { silence: true }]].map(([when, told]) => at(when, told));
    const rendered = audio.startRendering();
    await Promise.all(pressed);
    return [...(await rendered).getChannelData(0)];
}"""


@pytest.fixture
def played(home):
    return sounding_project(home)


@pytest.fixture
def live(played, workbench, visitor):
    """Its live page, open and ready."""
    project, run = played
    visit = visitor(None)
    visit.page.goto(workbench.address + addresses.live(project, run))
    visit.page.get_by_text("Ready: play.").wait_for()
    return visit


def voice_address(project, run) -> str:
    return f"{addresses.live(project, run)}/voice.safetensors"


def test_it_sounds_in_the_browser_as_in_pytorch(live, played):
    project, run = played
    voice = playing.load(run.path)
    heard = lines.of_notes(lines.by_chance(3, voice.own)[:3], 180, voice.own, False, 0.4)
    heard = Heard(heard.hertz, heard.loudness, np.linspace(0, 1, len(heard), dtype=np.float32))
    dry = np.concatenate([*voice.render(heard, 5, room=0.0)])
    noise = playing.synth.white((1, (len(heard) - 1) * HOP), playing.torch.Generator().manual_seed(5))[0]
    told = [values.tolist() for values in (heard.hertz, heard.loudness, heard.sings, noise)]
    there = np.array(live.page.evaluate(PLAYED, [voice_address(project, run), *told]), np.float32)
    assert there.shape == dry.shape and np.abs(dry).max() > 0.05 and np.abs(there - dry).max() < CLOSE
    wet = np.concatenate([*voice.render(heard, 5)])
    there = np.array(live.page.evaluate(IN_THE_ROOM, [voice_address(project, run), dry.tolist()]), np.float32)
    assert np.abs(wet - dry).max() > 1e-3 and np.abs(there - wet).max() < CLOSE


def test_it_hears_in_the_browser_as_python_does(live):
    time, luck = np.arange(1024) / RATE, np.random.default_rng(0)
    windows = np.stack([0.3 * np.sin(2 * np.pi * hertz * time) + level * luck.standard_normal(1024) for hertz in (90, 196, 440, 1200) for level in (0.001, 0.05, 0.5)]).astype(np.float32)
    told = np.array(live.page.evaluate(HEARD, windows.tolist()))
    hertz, clear = clear_pitch.find(windows, RATE)
    assert np.allclose(told[:, 0], hertz, atol=0.01) and np.allclose(told[:, 1], clear, atol=1e-4)
    assert np.allclose(told[:, 2], sound_measures.loudness_of(windows, RATE), atol=0.01)


def test_a_key_sounds_within_twenty_milliseconds_and_nothing_cracks(live, played):
    sound = np.array(live.page.evaluate(KEYS, voice_address(*played)), np.float32)
    level = lambda first, last: float(np.sqrt(np.square(sound[round(first * RATE) : round(last * RATE)]).mean()))
    assert level(0.0, 0.24) < 0.05 * level(0.5, 0.9)                                                # silence before
    begins = next(at for at in range(round(0.25 * RATE), len(sound)) if abs(sound[at]) > 0.1 * np.abs(sound[8000:14000]).max())
    assert begins / RATE - 0.25 < 0.020
    for first, note in ((0.6, 57), (1.3, 64), (2.0, 57)):                                           # the newest key; let go, the one before
        window = sound[None, round(first * RATE) : round(first * RATE) + 1024]
        assert abs(float(clear_pitch.find(window, RATE)[0][0]) - 440 * 2 ** ((note - 69) / 12)) < 3
    assert level(2.7, 3.0) < 0.05 * level(0.5, 0.9)                                                 # and silence after
    blocks = np.abs(np.diff(sound[4096:36000])).reshape(-1)
    seams, inside = blocks[HOP - 1 :: HOP], np.delete(blocks, np.s_[HOP - 1 :: HOP])
    assert seams.max() < 1.1 * inside.max()                                                          # between two blocks it goes on as within one


def test_what_is_kept_is_a_sound_of_this_page_and_nothing_else(played):
    project, run = played
    take = Sound(np.zeros((800, 1), np.float32), RATE).as_file()
    output = share.keep_take(project, run, take, "microphone", {"octaves": 1})
    story = output.provenance()
    assert (story["way"], story["played_by"], story["controls"]["octaves"], story["made_in"]) == ("live", "microphone", 1, "a browser")
    assert [person["credit"] for person in story["people"]] == ["R.M."]
    for wrong in (b"", b"no sound", Sound(np.zeros((800, 1), np.float32), 44_100).as_file(), Sound(np.zeros((800, 2), np.float32), RATE).as_file()):
        with pytest.raises(UserError, match="no sound of this page"):
            share.keep_take(project, run, wrong, "keys", {})
    for by, controls in (("a guess", {}), ("keys", {"octaves": 9}), ("keys", {"steps": 1})):
        with pytest.raises(UserError):
            share.keep_take(project, run, take, by, controls)


def test_after_a_no_nothing_is_handed_out_or_kept(played):
    project, run = played
    assert share.can_sound_live(run) and not share.can_be_live(run) and share.live_voice(project, run)
    project.set_consent([project.items()[0].id], Consent(state="refused"))
    with pytest.raises(UserError):
        share.live_voice(project, run)
    with pytest.raises(UserError):
        share.keep_take(project, run, b"", "keys", {})


def test_it_can_be_played_while_it_learns_and_a_withdrawal_takes_it_away(played):
    project, run = played
    for file in run.result.iterdir():
        file.unlink()
    assert share.live_voice(project, run).path.parent.name == "live"
    ledger.withdraw(project, items=[project.items()[0].id], confirm=True)
    assert not (run.path / "live").exists()


def test_it_stands_on_a_phone_in_the_dark_and_for_a_screen_reader(played, workbench, visitor):
    project, run = played
    for width, scheme in ((390, "dark"), (1280, "light")):
        visit = visitor(None, width, scheme)
        page = visit.page
        page.goto(workbench.address + addresses.live(project, run))
        page.get_by_text("Ready: play.").wait_for()
        for way in ("A line", "Keys"):
            page.get_by_role("button", name=way, exact=True).click()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        nameless = page.evaluate("""() => [...document.querySelectorAll("button, input, canvas, video, audio, meter, select, output")]
            .filter(one => !(one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label"))).map(one => one.outerHTML)""")
        assert nameless == [] and visit.complaints == [] and visit.hosts() == {"127.0.0.1"}


FOLLOWED = """async ([own, heard]) => {
    const { Follower } = await import("/live_sound/follower.js"), follower = new Follower(own);
    return heard.map(([hertz, clear, loudness]) => { const lead = follower.follow({ hertz, clear, loudness }); return lead && [lead.hertz, lead.loudness, lead.sings]; });
}"""
SEEN = """async pictures => {
    const { Eye } = await import("/live_sound/eye.js"), eyes = [new Eye(), new Eye()];
    return pictures.map(grey => { const rgba = grey.flatMap(value => [value, value, value, 255]); return ["motion", "light"].map((by, at) => eyes[at].look(rgba, 16, 12, by)); });
}"""


def test_a_microphone_is_followed_in_the_voices_own_octave_and_as_loud_as_it_knows(live):
    own = {"pitch": [70.0, 76.0, 82.0], "loudness": [-40.0, -25.0, -12.0]}
    hummed = [[196.0, 0.9, -30.0]] * 5 + [[0.0, 0.1, -45.0]] * 2 + [[0.0, 0.0, -90.0]]
    told = live.page.evaluate(FOLLOWED, [own, hummed])
    assert abs(12 * np.log2(told[4][0] / 196) - 24) < 1e-6 and told[4][1:] == [-12.0, 1]     # two octaves up: 55 + 24 is near 76
    assert told[5][0] == told[4][0] and told[5][2] == 0 and told[5][1] < told[4][1]          # a breath: no pitch, and softer
    assert told[7] is None


def test_the_camera_sees_how_high_it_moves_and_how_much_and_nothing_in_a_still_picture(live):
    still, up, down = (np.full((12, 16), 40), np.full((12, 16), 40), np.full((12, 16), 40))
    up[1:3, 7:10], down[9:11, 7:10] = 240, 240
    pictures = [still, still, *[up, still] * 4, *[down, still] * 4, *[still] * 30, *[up] * 12]
    told = live.page.evaluate(SEEN, [picture.ravel().tolist() for picture in pictures])
    motion, light = ([one[way] for one in told] for way in (0, 1))
    assert motion[1]["motion"] == 0
    assert motion[9]["height"] > 0.8 and motion[9]["motion"] > 0.8
    assert motion[17]["height"] < 0.25
    assert motion[46]["motion"] < 0.05
    assert light[-1]["height"] > 0.8 and abs(light[-1]["across"] - 0.53) < 0.1
