// Not a module: it runs before the first paint, so that the page does not flash in the other theme.
try {
  const theme = localStorage.getItem('nano-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is not available to this page: the system's theme applies.
}
