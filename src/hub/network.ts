/**
 * What an address counts as where a hub counts by address: an IPv6 address as its network of 64 bits, because whoever has one
 * of these has all of them; an IPv4 address, also one that is spelt as IPv6, as itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.replace(/^::ffff:(?=\d+\.)/i, '').split('::')
  if (!head.includes(':') && tail === undefined) return head
  const groups = head === '' ? [] : head.split(':')
  const behind = tail ? tail.split(':') : []
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0')
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':')
}
