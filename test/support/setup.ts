import 'reflect-metadata'

// Errors of Node's own modules are made outside of jest's VM context, where `instanceof Error` would be false.
Object.defineProperty(Error, Symbol.hasInstance, {
  value(candidate: unknown) {
    return (
      typeof candidate === 'object' &&
      candidate !== null &&
      (this === Error
        ? Object.prototype.toString.call(candidate) === '[object Error]'
        : Function.prototype[Symbol.hasInstance].call(this, candidate))
    )
  },
})
