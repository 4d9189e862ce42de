/** How to work beside others, for a model, in under a kilobyte. */
export const PRIME = `Other agents may work on this repository. A file that you edit with your tools is reserved for you, and one that another run
holds is refused. Your shell passes by that, so edit with tools, and before a command that writes ask:
  muse-coord check PATH…                  free, or who holds it until when
  muse-coord reserve PATH… --deny         hold it alone; muse-coord release --all gives it back
  muse-coord status                       who does what
  muse-coord claim, complete TASK         take a task that others offer, and finish it
Commit often: what is clean in git is free for others at the end of your turn. Never work around a refusal.`
