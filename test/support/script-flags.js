import { parseArgs } from 'node:util'

/**
 * The flags of a soak, a fuzz or a bench. `--help` prints the usage and ends with 0, what is not known prints it and ends with 2.
 *
 * @param {string} usage without the word "usage"
 * @param {import('node:util').ParseArgsConfig['options']} options
 */
export function scriptFlags(usage, options) {
  let parsed
  try {
    parsed = parseArgs({ options: { ...options, help: { type: 'boolean', default: false } } })
  } catch (error) {
    refuseFlags(usage, error.message)
  }
  if (parsed.values.help) {
    process.stdout.write(`usage: ${usage}\n`)
    process.exit(0)
  }
  return parsed.values
}

/**
 * Ends the script with 2: its flags make no sense.
 *
 * @param {string} usage
 * @param {string} [reason]
 */
export function refuseFlags(usage, reason) {
  process.stderr.write(`${reason === undefined ? '' : `❌ ${reason}\n`}usage: ${usage}\n`)
  process.exit(2)
}
