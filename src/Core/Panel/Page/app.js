// The panel's entry point: signs the user in, then shows the sections.
import { startActivity } from './activity/activity.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { startPlayground } from './playground/playground.js';
import { startProviders } from './providers/providers.js';
import { askToSignInBy, loadSession, session, signOut } from './session.js';
import { askToSignIn, showSignIn } from './sign-in.js';
import { startTabs } from './tabs.js';
import { themeButton } from './theme.js';

const byId = (id) => document.getElementById(id);
const tools = byId('tools');
tools.append(themeButton());

// A file that is dropped outside a drop target would replace the page and lose what was typed.
for (const type of ['dragover', 'drop']) {
  addEventListener(type, (event) => {
    if ([...event.dataTransfer.items].some((item) => item.kind === 'file')) event.preventDefault();
  });
}

begin();

async function begin() {
  try {
    await loadSession();
  } catch (error) {
    byId('loading').replaceChildren(
      h('span', null, error.message),
      h('button', { type: 'button', class: 'button', on: { click: () => location.reload() } }, 'Try again'),
    );
    return;
  }
  byId('loading').hidden = true;
  if (session.signedIn) enter();
  else showSignIn(byId('sign-in'), () => {
    byId('sign-in').hidden = true;
    byId('sign-in').replaceChildren();
    enter();
    byId('main').focus();
  });
}

function enter() {
  askToSignInBy(askToSignIn);
  tools.append(signOutButton());
  const views = {
    playground: startPlayground(byId('playground')),
    providers: startProviders(byId('providers')),
    keys: onDemand(byId('keys'), async () => (await import('./keys/keys.js')).startKeys),
    usage: onDemand(byId('usage'), async () => (await import('./usage/usage.js')).startUsage),
    activity: startActivity(byId('activity')),
  };
  let shown = null;
  startTabs(byId('tabs'), (id) => {
    if (shown === id) return;
    views[shown]?.hide?.();
    shown = id;
    views[id].show?.();
  });
}

/** A section whose code is loaded when it is first shown: most visits do not need it. */
function onDemand(section, load) {
  let loading = null;
  let view = null;
  let inSight = false;
  return { show, hide: () => (inSight = false) };

  async function show() {
    inSight = true;
    try {
      if (!view) {
        section.replaceChildren(h('p', { class: 'loading', role: 'status' }, 'Loading'));
        loading ??= load();
        const start = await loading;
        if (!view) {
          section.replaceChildren();
          view = start(section);
        }
      }
    } catch {
      loading = null;
      section.replaceChildren(h('div', { class: 'loading' }, h('p', { role: 'alert' }, 'This page could not be loaded. Is the gateway still running?'), h('button', { type: 'button', class: 'button', on: { click: show } }, 'Try again')));
      return;
    }
    if (inSight) view.show();
  }
}

function signOutButton() {
  const leave = async () => {
    try {
      await signOut();
    } finally {
      // Remove everything that was on the page.
      location.reload();
    }
  };
  return h('button', { type: 'button', class: 'button quiet', on: { click: leave } }, icon('exit'), h('span', null, 'Sign out'));
}
