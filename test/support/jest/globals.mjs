/** What tests import as `@jest/globals`: each name stands for that of the test file that is running. */
export const afterAll = current('afterAll')
export const afterEach = current('afterEach')
export const beforeAll = current('beforeAll')
export const beforeEach = current('beforeEach')
export const describe = current('describe')
export const expect = current('expect')
export const it = current('it')
export const jest = current('jest')
export const test = current('test')

function current(name) {
  const of = () => globalThis[Symbol.for('muse-coord-jest-globals')][name]
  return new Proxy(() => {}, {
    apply: (_, self, words) => Reflect.apply(of(), self, words),
    get: (_, key) => of()[key],
  })
}
