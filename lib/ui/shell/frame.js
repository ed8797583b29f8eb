// Mends eight things in Streamlit's own frame, most of them in the way of people who listen, or see little (frame.css has the rest):
// the side bar says aria-expanded of itself, which a section may not say; the hidden input behind "Upload" has no name, nor have the buttons that close and open the side bar;
// icons are read aloud by their file names; on a phone the side bar stays open over the page that was chosen in it;
// the words on a primary button are always white, which cannot be read on the light red of the dark theme;
// those on a button that cannot be pressed yet are so faint that nobody reads what is missing;
// and a button that opens and folds something (the key "fold.…") does not say whether it is open, but for its arrow.

const INK = "handmade-ink";
const SIDE_BAR = { stSidebarCollapseButton: "Close the side bar", stExpandSidebarButton: "Open the side bar" };

// Streamlit calls this at every look, often without taking back the one before: so it is done here.
export default function ({ parentElement }) {
  window.handmadeFrame?.();
  const mend = () => {
    document.querySelectorAll('[class*="st-key-fold-"] button').forEach(one => {
      const is = `${one.textContent.includes("keyboard_arrow_down")}`;
      if (one.getAttribute("aria-expanded") !== is) one.setAttribute("aria-expanded", is);
    });
    document.querySelectorAll("section[aria-expanded]").forEach(one => one.removeAttribute("aria-expanded"));
    document.querySelectorAll("input[type=file]:not([aria-label])").forEach(one => one.setAttribute("aria-label", "Choose files"));
    for (const [part, name] of Object.entries(SIDE_BAR))
      document.querySelectorAll(`[data-testid=${part}] button, button[data-testid=${part}]`).forEach(one => one.getAttribute("aria-label") || one.setAttribute("aria-label", name));
    document.querySelectorAll("[data-testid=stIconMaterial]:not([aria-hidden=true])").forEach(one => one.setAttribute("aria-hidden", "true"));
  };
  const holder = parentElement.host || parentElement;
  const paper = getComputedStyle(holder).getPropertyValue("--st-background-color");
  const ink = getComputedStyle(holder).getPropertyValue("--st-text-color");
  const style = document.getElementById(INK) || document.head.appendChild(Object.assign(document.createElement("style"), { id: INK }));
  style.textContent = `button[kind^="primary"]:not(:disabled) { color: ${paper} !important; }
    button[data-testid^="stBaseButton"]:disabled, button[data-testid="stPopoverButton"]:disabled { color: color-mix(in srgb, ${ink} 72%, ${paper}) !important; }`;

  const leave = event => {
    if (innerWidth < 768 && event.target.closest("section.stSidebar [data-testid=stPageLink-NavLink]"))
      document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  };
  document.addEventListener("click", leave);

  const watch = new MutationObserver(mend);
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-expanded"] });
  mend();
  const takeBack = () => { watch.disconnect(); document.removeEventListener("click", leave); };
  window.handmadeFrame = takeBack;
  return takeBack;
}
