/** What a package prints on the console while it runs, for the console is everybody's: with plugins it leads to stderr. */
export function printedBy(method: 'info' | 'log', run: () => void): string {
  const before = console[method]
  let printed = ''
  console[method] = (...given: unknown[]) => {
    printed += `${given.join(' ')}\n`
  }
  try {
    run()
  } finally {
    console[method] = before
  }
  return printed
}
