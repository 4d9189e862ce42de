import { fork } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { refuseFlags, scriptFlags } from '../support/script-flags.js'
import { type Attacks, attack, placesIn } from './attack.js'
import { TARGETS } from './targets/index.js'

/** Nothing takes so long over one input. */
const HANG_MILLISECONDS = 30_000
const HEAP_MEGABYTES = 512

const USAGE = `npm run fuzz -- [--seconds 60] [--seed 7] [--target NAME …]
targets: ${TARGETS.map(({ name }) => name).join(' ')}`
const values = scriptFlags(USAGE, {
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  target: { type: 'string', multiple: true, default: TARGETS.map(({ name }) => name) },
  place: { type: 'string' },
})
const [seconds, seed] = [values.seconds, values.seed].map(Number) as [number, number]
const targets = TARGETS.filter(({ name }) => values.target.includes(name))
if (!(seconds > 0) || !Number.isInteger(seed) || targets.length !== new Set(values.target).size) {
  refuseFlags(USAGE)
}

if (values.place !== undefined) await attackHere(values.place)
else await attackAll()

/** In a process of its own: what ends it, or never comes back, is seen from outside. */
async function attackHere(place: string): Promise<void> {
  for (const target of targets) {
    const { directory, inputFile } = placesIn(place, target.name)
    process.chdir(directory)
    process.send?.(await attack({ target, directory, inputFile, seed, seconds }))
  }
  process.exit(0)
}

async function attackAll(): Promise<void> {
  const place = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'muse-fuzz-')))
  let violations = 0
  for (const { name } of targets) {
    const inputFile = path.join(place, `${name}.input`)
    const { inputs, grownMegabytes, violation } = await attackApart(place, name, inputFile)
    console.log(`${violation === null ? '✅' : '❌'} ${name}: ${inputs} inputs, grown by ${grownMegabytes} MB`)
    if (violation === null) continue
    violations++
    console.log(`   ${violation.replaceAll('\n', '\n   ')}\n   the input: ${inputFile}`)
  }
  const often = targets.length === TARGETS.length ? '' : targets.map(({ name }) => ` --target ${name}`).join('')
  console.log(
    `${violations === 0 ? '✅' : '❌'} npm run fuzz -- --seconds ${seconds} --seed ${seed}${often}: ${violations} violations`,
  )
  if (violations === 0) fs.rmSync(place, { recursive: true, force: true })
  process.exit(violations === 0 ? 0 : 1)
}

function attackApart(place: string, name: string, inputFile: string): Promise<Attacks> {
  const words = ['--place', place, '--target', name, '--seconds', String(seconds), '--seed', String(seed)]
  const child = fork(process.argv[1] as string, words, {
    execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`, '--expose-gc', '--no-warnings'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let attacks: Attacks | null = null
  let said = ''
  let isHanging = false
  child.on('message', (message) => {
    attacks = message as Attacks
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4000)
  })
  const watchdog = setInterval(() => {
    const { mtimeMs = Date.now() } = fs.statSync(inputFile, { throwIfNoEntry: false }) ?? {}
    if (Date.now() - mtimeMs < HANG_MILLISECONDS) return
    isHanging = true
    child.kill('SIGKILL')
  }, 1000)
  return new Promise((resolve) =>
    child.on('close', (exitCode, signal) => {
      clearInterval(watchdog)
      const end = isHanging
        ? `took more than ${HANG_MILLISECONDS / 1000} s`
        : `ended with ${signal ?? exitCode}: ${said}`
      resolve(attacks ?? { inputs: 0, grownMegabytes: 0, violation: end })
    }),
  )
}
