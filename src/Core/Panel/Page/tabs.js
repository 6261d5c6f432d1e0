// The sections: deep links by hash, arrow keys between the tabs, one tab stop.

/**
 * @param {HTMLElement} list of links with role=tab, each to `#id` of its panel
 * @param {(id: string) => void} onShow
 */
export function startTabs(list, onShow) {
  const tabs = [...list.querySelectorAll('[role=tab]')];
  const idOf = (tab) => tab.getAttribute('href').slice(1);

  function show() {
    const wanted = location.hash.slice(1);
    const chosen = tabs.find((tab) => idOf(tab) === wanted) ?? tabs[0];
    for (const tab of tabs) {
      tab.setAttribute('aria-selected', String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(idOf(tab)).hidden = tab !== chosen;
    }
    document.title = `${chosen.textContent} · Nano`;
    onShow(idOf(chosen));
  }

  // Following the link would move the focus away from the tab.
  list.addEventListener('click', (event) => {
    const tab = event.target.closest('[role=tab]');
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (location.hash !== tab.getAttribute('href')) history.pushState(null, '', tab.getAttribute('href'));
    show();
  });
  list.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (event.key === ' ') document.activeElement.click();
    else if (to === undefined) return;
    else {
      const tab = tabs[(to + tabs.length) % tabs.length];
      tab.focus();
      tab.click();
    }
    event.preventDefault();
  });
  const onHash = () => {
    // The skip link goes to an element of the page, not to a section.
    if (location.hash !== '#main') show();
  };
  addEventListener('hashchange', onHash);
  addEventListener('popstate', onHash);
  list.hidden = false;
  show();
}
