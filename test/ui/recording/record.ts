/** `npm run recording`: plays a session with the real program, and draws it for the top of the README. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { startMachines } from '../machines.js'
import { steadied } from './steadied.js'
import { terminalSvg } from './terminal-svg.js'

const SESSION = [
  ['gabriel', 'reserve', 'src/parser.ts', '--run-id', 'claude-9f2b', '--op', 'modify', '--deny'],
  ['ada', 'reserve', 'src/parser.ts', '--run-id', 'codex-7f3a', '--op', 'extract', '--deny'],
  ['ada', 'claim', '--run-id', 'codex-7f3a'],
  ['ada', 'status'],
] as const

const machines = await startMachines()
try {
  const { gabriel, ada } = machines
  gabriel.json('enqueue', 'Speed up the lexer', '--run-id', 'planner')
  gabriel.json('sync', 'push')
  gabriel.json('space', 'grant', 'ada', '--role', 'write')
  ada.json('sync', 'pull')
  const played = SESSION.map(([who, ...argv]) => {
    const output = machines[who].text(...argv)
    gabriel.json('sync', 'push')
    ada.json('sync', 'pull')
    return { prompt: `${who}:shop`, command: `muse-coord ${argv.join(' ')}`, output }
  })
  const outputs = steadied(played.map(({ output }) => output))
  const session = played.map((typed, index) => ({ ...typed, output: outputs[index] ?? '' }))
  writeFileSync(path.resolve('test/ui/pictures/session.svg'), terminalSvg(session))
} finally {
  await machines.close()
}
