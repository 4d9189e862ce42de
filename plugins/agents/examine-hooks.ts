import { type Finding, fine, type Patient, wrong } from '../../src/plugin.js'
import { readUnchecked } from './unchecked.js'

/** Whether the hooks of the agents here could answer: what they could not answer went by unchecked. */
export function examineHooks({ session }: Patient): readonly Finding[] {
  const unchecked = readUnchecked(session)
  if (unchecked === null) return [fine("no call of an agent's hook went unchecked")]
  const { count, fault, at } = unchecked
  const message = `${count} call(s) of agents' hooks went unchecked, the last at ${at}: ${fault.replace(/\.$/, '')}`
  return [wrong(message, 'muse-coord setup --verify')]
}
