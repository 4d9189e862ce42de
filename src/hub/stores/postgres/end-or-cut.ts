/** How long a server may take to hear that a connection ends. */
const GOODBYE_MILLISECONDS = 2_000

/**
 * Ends connections as they should be, and cuts them where that is not heard: of one whose packets vanish nothing comes back, and it
 * would be waited for as long as TCP has hope.
 *
 * @param end resolves when they are closed
 * @param cut closes them without a word
 */
export async function endOrCut(end: () => Promise<void>, cut: () => void): Promise<void> {
  const timer = setTimeout(cut, GOODBYE_MILLISECONDS)
  try {
    await end()
  } finally {
    clearTimeout(timer)
  }
}
