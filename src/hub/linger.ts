import type { Socket } from 'node:net'

const LOOKS = 10
const LOOK_MILLISECONDS = 100

/** Of what is on its way already; it is read and thrown away. */
const MOST_BYTES = 1024 * 1024

/**
 * Has a connection end in two steps, once what was answered on it is out: who still sends hears that there is an end, and has
 * a second to read the answer. Cut at once, a client meets its own failed write and never learns why it was refused.
 */
export function linger(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end()
    const most = socket.bytesRead + MOST_BYTES
    let looks = 0
    const looking = setInterval(() => {
      if (++looks >= LOOKS || socket.bytesRead > most) socket.destroy()
    }, LOOK_MILLISECONDS)
    socket.once('close', () => clearInterval(looking))
  }
}
