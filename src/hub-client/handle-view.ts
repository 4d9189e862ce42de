/** Shows to have a key: its signature over the raw bytes of a nonce. */
export interface KeyProof {
  publicKeyB64: string
  nonceHex: string
  signatureB64: string
}

/** What the registration of a handle needs to say. */
export interface Registration extends KeyProof {
  handle: string
  algorithm: 'ed25519'
  identityType: 'human' | 'agent'
  /** Code of an invitation. */
  invite?: string
  /** What this machine is called, for an invitation of a device. */
  label?: string
}

/** What came of it; `space`: the one that the invitation has let into. */
export interface Registered {
  handle: string
  space?: { owner: string; slug: string; role: string }
}

/** An invitation of a further key for a handle, with the code that is told only once. */
export interface DeviceInvitation {
  code: string
  handle: string
  /** ISO 8601. */
  expiresAt: string
}

/** A key that signs for a handle. */
export interface KeyView {
  /** `sha256:` and hex */
  fingerprint: string
  /** What its machine is called; `''`: nobody has said. */
  label: string
  /** ISO 8601; `null`: with the handle. */
  addedAt: string | null
  /** Whether it is the one that asks. */
  signsThis: boolean
}
