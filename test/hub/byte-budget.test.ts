import { expect, it } from '@jest/globals'
import { ByteBudget } from '../../src/hub/byte-budget.js'

const of = (address: string, handle: string | null = null) => ({ address, handle, isClaim: false })
const never = () => {
  throw new Error('nobody is to be let go')
}

it('counts each address and each handle there by itself, and no more once they have given back', () => {
  const budget = new ByteBudget(1_000, 400)
  const first = budget.open(of('10.0.0.1', 'ada'), never)
  first.hold(200)
  first.hold(0)
  expect(() => budget.open(of('10.0.0.1', 'ada'), never).hold(1)).toThrow(/keeps as much/)
  const second = budget.open(of('10.0.0.1', 'bea'), never)
  second.hold(200)
  expect(() => budget.open(of('10.0.0.1', 'eve'), never).hold(1)).toThrow(/keeps as much/)
  for (const n of [2, 3, 4]) budget.open(of(`10.0.0.${n}`), never).hold(200)
  expect(() => budget.open(of('10.0.0.5'), never).hold(1)).toThrow(/keeps as much/)
  second.release(1_000)
  first.close()
  first.close()
  budget.open(of('10.0.0.1', 'ada'), never).hold(200)
  budget.open(of('10.0.0.5'), never).hold(200)
  expect(() => second.hold(1)).toThrow(/keeps as much/)
})

it('looks at those alone who keep something', () => {
  const budget = new ByteBudget(100_000, 800)
  let looked = 0
  const lotOf = (address: string) => {
    const lot = budget.open(of(address), () => undefined)
    Object.defineProperty(lot, 'address', {
      get: () => {
        looked++
        return address
      },
    })
    return lot
  }
  for (let n = 0; n < 1_000; n++) lotOf('10.0.0.1')
  for (let n = 0; n < 50; n++) lotOf(`10.0.1.${n}`).hold(100)
  for (let n = 0; n < 2; n++) lotOf('10.0.0.1').hold(100)
  const before = looked
  lotOf('10.0.0.1').hold(100)
  expect(looked - before).toBeLessThan(20)
})
