import type { Meeting } from '../../src/plugin.js'
import { type Address, parseAddress } from './address.js'
import { isWild } from './names-meet.js'

interface Node<Value> {
  readonly below: Map<string, Node<Value>>
  readonly here: { readonly address: Address; readonly value: Value }[]
}

/**
 * Addresses by their plain first names, so that one which overlaps is found without a look at all of them: two
 * addresses can only overlap when the plain beginning of one is a beginning of the other's.
 */
export class AddressIndex<Value> {
  readonly #root: Node<Value> = newNode()

  constructor(readonly where: Meeting) {}

  add(text: string, value: Value): void {
    const address = parseAddress(text, this.where)
    for (const { names } of address.paths) {
      let node = this.#root
      for (const name of plainBeginning(names)) {
        let next = node.below.get(name)
        if (next === undefined) {
          next = newNode()
          node.below.set(name, next)
        }
        node = next
      }
      node.here.push({ address, value })
    }
  }

  /** The addresses that may overlap, each once, and what was added with them: the others are not looked at. */
  *near(wanted: Address): Generator<{ readonly address: Address; readonly value: Value }> {
    // An address with braces lies in several places.
    const found = new Set<Address>()
    for (const { names } of wanted.paths) {
      for (const place of this.#along(plainBeginning(names))) {
        if (found.has(place.address)) continue
        found.add(place.address)
        yield place
      }
    }
  }

  *#along(names: readonly string[]): Generator<Node<Value>['here'][number]> {
    let node: Node<Value> | undefined = this.#root
    for (const name of names) {
      yield* node.here
      node = node.below.get(name)
      if (node === undefined) return
    }
    const open = [node]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      yield* next.here
      open.push(...next.below.values())
    }
  }
}

function newNode<Value>(): Node<Value> {
  return { below: new Map(), here: [] }
}

/** The paths, in lower case, at, above or below which lies whatever an address has anything in common with. */
export function pathsNear(text: string): readonly string[] {
  return parseAddress(text, { ignoresCase: true }).paths.map(({ names }) => plainBeginning(names).join('/'))
}

function plainBeginning(names: readonly string[]): readonly string[] {
  const wild = names.findIndex(isWild)
  return wild === -1 ? names : names.slice(0, wild)
}
