// Where the panel begins: who is signed in, then the three sections.
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

// A file that is dropped where nothing takes it would take the page away, with all that was typed.
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

function signOutButton() {
  const leave = async () => {
    try {
      await signOut();
    } finally {
      // Everything that was on the page goes with it.
      location.reload();
    }
  };
  return h('button', { type: 'button', class: 'button quiet', on: { click: leave } }, icon('exit'), h('span', null, 'Sign out'));
}
