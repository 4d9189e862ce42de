/** The one way to tsyringe, which refuses to load before the metadata that its decorators need. */
import 'reflect-metadata/lite'

export { container as globalContainer, inject, injectAll, injectable, Lifecycle } from 'tsyringe'
