/**
 * Light or dark: the system's choice, or the reader's own, which is remembered.
 *
 * A script in the page's head applies the remembered choice before the first
 * paint; this module changes it.
 */

export const THEMES = /** @type {const} */ (['system', 'light', 'dark']);

/** @typedef {typeof THEMES[number]} Theme */

const DARK = matchMedia('(prefers-color-scheme: dark)');

/**
 * @param {string | undefined} value
 * @returns {Theme}
 */
export const themeOf = (value) => THEMES.find((theme) => theme === value) ?? 'system';

/** @param {Theme} theme */
export function applyTheme(theme) {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  colourBars();
}

/** The browser's own bars take the paper's colour, which the style sheet knows. */
function colourBars() {
  const paper = getComputedStyle(document.body).backgroundColor;
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', paper);
}

DARK.addEventListener('change', colourBars);
