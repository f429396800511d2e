/** For what would be done far too often. */

/**
 * @param {() => void} call
 * @param {number} ms
 * @returns {() => void} lets it happen once, so long after it was first asked for
 */
export function gather(call, ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return () => {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      call();
    }, ms);
  };
}
