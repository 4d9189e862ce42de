import { configPath, readConfig } from '../../workspace/config.js'
import { type Check, fine, wrong } from './check.js'

/** Whether the settings can be read, are whole, and their plugins load. */
export const settingsCheck: Check = {
  name: 'settings',
  examine({ session, repo }) {
    const { env, space } = session
    const { hubUrl, owner, slug } = readConfig(repo)
    const kinds = session.registry.all.length
    const faults = session.pluginFaults.map(({ message, hint }) => wrong(message.replace(/\.$/, ''), hint))
    const lacking = [
      ...(space.owner || env.MUSE_COORD_OWNER || owner ? [] : ['owner']),
      ...(space.slug || env.MUSE_COORD_SLUG || slug ? [] : ['slug']),
    ]
    const hasHub = Boolean(space.hub || env.MUSE_COORD_HUB || hubUrl)
    if (hasHub && lacking.length > 0) {
      const flags = lacking.map((name) => `--${name} NAME`).join(' ')
      return [...faults, wrong(`a hub is set, but no ${lacking.join(' and no ')}`, `muse-coord init ${flags}`)]
    }
    if (faults.length > 0) return faults
    return [fine(`${configPath(repo)} is whole; ${kinds} kinds are registered`)]
  },
}
