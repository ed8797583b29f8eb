"""Forms of English words that no rule of endings brings back: "ate" is "eat". Read `BASE`.

Of forms that are words of their own as well ("left", "found", "ground", "saw"), none is here.
"""

from __future__ import annotations

_FORMS = """
arise arose arisen / awake awoke awoken / beat beaten / become became / begin began begun / bend bent / bite bitten / bleed bled /
blow blew blown / break broke broken / breed bred / bring brought / build built / burn burnt / buy bought / catch caught /
choose chose chosen / cling clung / come came / creep crept / deal dealt / dig dug / do did done / draw drew drawn / dream dreamt /
drink drank drunk / drive drove driven / dwell dwelt / eat ate eaten / fall fallen / feed fed / fight fought / flee fled /
fling flung / fly flew flown / forbid forbade forbidden / foresee foresaw foreseen / forget forgot forgotten /
forgive forgave forgiven / forsake forsook forsaken / freeze froze frozen / get got gotten / give gave given / go went gone goes /
grow grew grown / hang hung / hear heard / hide hid hidden / hold held / keep kept / kneel knelt / know knew known / lay laid /
lead led / lean leant / leap leapt / learn learnt / lend lent / lie lain / light lit / lose lost / make made / mean meant / meet met /
mistake mistook mistaken / overcome overcame / overtake overtook overtaken / pay paid / prove proven / ride rode ridden /
ring rang rung / rise risen / run ran / say said / see seen / seek sought / sell sold / send sent / sew sewn / shake shook shaken /
shine shone / shoot shot / show shown / shrink shrank shrunk / sing sang sung / sink sank sunk / sit sat / slay slew slain /
sleep slept / slide slid / smite smote smitten / sow sown / speak spoke spoken spake / spell spelt / spend spent / spill spilt /
spin spun / spring sprang sprung / stand stood / steal stole stolen / stick stuck / sting stung / stink stank stunk / stride strode /
strike struck stricken / strive strove striven / swear swore sworn / sweep swept / swell swollen / swim swam swum / swing swung /
take took taken / teach taught / tear tore torn / tell told / think thought / throw threw thrown / tread trod trodden /
understand understood / undertake undertook undertaken / wake woke woken / wear wore worn / weave wove woven / weep wept / win won /
withdraw withdrew withdrawn / withstand withstood / wring wrung / write wrote written / child children / man men / woman women /
foot feet / tooth teeth / goose geese / mouse mice / ox oxen / brother brethren / wife wives / knife knives / half halves /
calf calves / thief thieves / wolf wolves / loaf loaves / self selves / shelf shelves
"""

# {form: the word that it is a form of}
BASE = {form: base for base, *forms in (group.split() for group in _FORMS.split("/")) for form in forms}
