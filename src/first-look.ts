import { writeSync } from 'node:fs'
import { answerCheck, answerHook, MAX_INPUT_BYTES } from '../plugins/first-look.js'
import { startTimer } from './base/timer.js'
import { freshnessText } from './commands/max-age.js'
import { Terminal } from './commands/terminal.js'
import { type InputReading, readStandardInput } from './files/standard-input.js'
import { checkedRunId, runOfEnvironment } from './workspace/run-id.js'
import { StoreLook } from './workspace/store-look.js'

/*
 * What is asked before every edit is answered by a look at the index of the store, where that alone can tell. It is a program of its
 * own, which loads no kind, no command and no plugin: they take longer than Node and the answer together. Whatever it does not know
 * for certain, and whatever goes wrong, it leaves to the whole program, which then says so.
 */

/** The command `check` with these words behind it. Tells whether it was answered; the exit code is 0 then. */
export function checkAtFirst(words: readonly string[]): boolean {
  try {
    const elapsedMs = startTimer()
    const line = readLine(words)
    const look = line && StoreLook.at(process.cwd(), process.env)
    const answer = look && answerCheck(look, line.addresses)
    if (!answer) return false
    const { result, text, freshness, notes } = answer
    const terminal = new Terminal(streams, line.isJson, elapsedMs)
    for (const note of notes) terminal.note(note)
    terminal.emit({ ...result, asOf: freshness.asOf }, text + freshnessText(freshness))
    return true
  } catch {
    return false
  }
}

/** The command `hook` with these words behind it. */
export async function hookAtFirst(words: readonly string[]): Promise<void> {
  const input = await readStandardInput(MAX_INPUT_BYTES).catch((error: Error) => ({ fault: error.message }))
  if (answersEdit(words, input)) process.exit(0)
  const { runHook } = await import('./hook.js')
  await runHook(words, input)
}

function answersEdit(words: readonly string[], input: InputReading): boolean {
  try {
    const answer = answerHook(words, input, process.cwd(), process.env)
    if (answer === undefined) return false
    if (answer !== null) writeSync(1, `${JSON.stringify(answer)}\n`)
    return true
  } catch {
    return false
  }
}

const streams = {
  stdout: (text: string) => void writeSync(1, text),
  stderr: (text: string) => void writeSync(2, text),
  interactive: false,
  columns: 0,
}

/** `null`: there is more in the line than addresses, a run and `--json`. */
function readLine(
  words: readonly string[],
): { readonly addresses: readonly string[]; readonly isJson: boolean } | null {
  const addresses: string[] = []
  let isJson = false
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string
    if (word === '--json') isJson = true
    else if (word === '--run-id') checkedRunId(word, words[++index] ?? '')
    else if (word.startsWith('-')) return null
    else addresses.push(word)
  }
  // A name that cannot be one is refused, whoever holds what.
  runOfEnvironment(process.env)
  return addresses.length === 0 ? null : { addresses, isJson }
}
