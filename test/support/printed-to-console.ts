import { jest } from '@jest/globals'
import { cleanUp } from './clean-up.js'

/** What packages print on the console from now on, until the test ends; it is shown nowhere else. */
export function printedToConsole(): { text(): string; clear(): void } {
  const spies = (['info', 'log'] as const).map((name) => jest.spyOn(console, name).mockImplementation(() => {}))
  cleanUp(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return {
    text: () => spies.flatMap(({ mock }) => mock.calls.map((words) => words.join(' '))).join('\n'),
    clear() {
      for (const spy of spies) spy.mockClear()
    },
  }
}
