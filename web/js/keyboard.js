/**
 * Keep the composer above a phone's soft keyboard. Where the keyboard does not
 * make the page smaller (iOS), the visible part tells how high it is.
 */
export function followKeyboard() {
  const { visualViewport } = window;
  if (!visualViewport) return;
  const fit = () => {
    // Zoomed in, a part of the page is visible too, and that is as it should be.
    if (visualViewport.scale > 1.01) return;
    const covered = window.innerHeight - visualViewport.height > 1;
    document.documentElement.style.setProperty('--visible', covered ? `${visualViewport.height}px` : '100%');
    if (covered) window.scrollTo(0, 0);
  };
  visualViewport.addEventListener('resize', fit);
}
