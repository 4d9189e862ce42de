type CleanUp = () => unknown

const pending: CleanUp[] = []

/** Has something undone after the test that is running, the last first. */
export function cleanUp(undo: CleanUp): void {
  pending.push(undo)
}

/** Called after each test. */
export async function undoAll(): Promise<void> {
  for (const undo of pending.splice(0).reverse()) await undo()
}
