import { expect, it, jest } from '@jest/globals'
import { processMark } from '../../src/files/process-mark.js'
import { type HoldNote, HoldNotes } from '../../src/workspace/holding/hold-notes.js'
import { cleanUp } from '../support/clean-up.js'
import { createMachine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'

it('gives nothing back of a process that has told its run and ended between the look at its note and at its life', async () => {
  const machine = await createMachine()
  const reserve = (run: string) => runCli(machine, ['reserve', 'a.ts', '--deny', '--run-id', run])
  expect((await reserve('one')).exitCode).toBe(0)
  const notes = new HoldNotes(machine.session.workspace.repo)
  const [held] = notes.all() as [HoldNote]
  expect(held.state).toBe('held')
  const dead = JSON.stringify({ ...JSON.parse(processMark()), started: 'before' })
  notes.write({ ...held, process: dead })
  const spy = jest.spyOn(HoldNotes.prototype, 'all').mockReturnValue([{ ...held, state: 'undecided', process: dead }])
  cleanUp(() => spy.mockRestore())
  expect((await reserve('two')).exitCode).toBe(6)
  spy.mockRestore()
  // One that was never told is given back as before.
  notes.write({ ...held, state: 'undecided', process: dead })
  expect((await reserve('three')).exitCode).toBe(0)
})
