const asyncHooks = require('node:async_hooks')
const { pathToFileURL } = require('node:url')
const { setFlagsFromString } = require('node:v8')
const { ModuleMocker } = require('jest-mock')

// V8 optimizes a function once it has run for a while, and most of what tests run never pays that back. This has it wait seven times
// as long, which takes a tenth of the processor's time off; who waits longer, or for ever, takes more again.
setFlagsFromString('--interrupt-budget=1000000')

let files = 0

/**
 * Loads test files by Node's own loader. What they import is loaded once for all files of a worker, and V8 keeps what it has
 * compiled: with jest's own runtime each file has every module anew, in a context of its own, which takes more of the processor
 * than the tests do. What is paid for it: files share what a module remembers.
 */
module.exports = class Runtime {
  #mocker = new ModuleMocker(globalThis)
  #query = `?file=${++files}`
  #storages = []

  /** A file that belongs to one test file: it is run again for the next. */
  async unstable_importModule(file) {
    await import(pathToFileURL(file).href + this.#query)
  }

  unstable_shouldLoadAsEsm() {
    return true
  }

  requireModule(file) {
    return require(file)
  }

  /** The half of the test framework that knows describe and it; it begins with no test when it is loaded. */
  requireInternalModule(file) {
    delete globalThis[Symbol.for('EVENT_HANDLERS')]
    delete globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')]
    delete require.cache[require.resolve(file)]
    return this.#notingStorages(() => require(file))
  }

  /** Node tells every storage that was ever used of every promise, and each loading of the framework makes one. */
  #notingStorages(load) {
    const { AsyncLocalStorage } = asyncHooks
    const storages = this.#storages
    class Noted extends AsyncLocalStorage {
      constructor(...words) {
        super(...words)
        storages.push(this)
      }
    }
    // From Node 22.23 on it is a getter, which cannot be assigned to.
    const found = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage')
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { value: Noted, configurable: true, enumerable: true })
    try {
      return load()
    } finally {
      Object.defineProperty(asyncHooks, 'AsyncLocalStorage', found)
    }
  }

  setGlobalsForRuntime(globals) {
    const jest = {
      fn: (...words) => this.#mocker.fn(...words),
      spyOn: (...words) => this.#mocker.spyOn(...words),
      restoreAllMocks: () => this.#mocker.restoreAllMocks(),
      setTimeout: (milliseconds) => {
        globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')] = milliseconds
      },
    }
    globalThis[Symbol.for('muse-coord-jest-globals')] = { ...globals, jest }
  }

  enterTestCode() {}
  leaveTestCode() {}
  getSourceMaps() {
    return new Map()
  }
  getAllCoverageInfoCopy() {}
  teardown() {
    this.#mocker.restoreAllMocks()
    for (const storage of this.#storages) storage.disable()
  }
}
