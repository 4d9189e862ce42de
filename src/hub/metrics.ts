import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What a hub counts, for Prometheus. Labels are few and known beforehand: no space, handle or address is among them. */
export interface HubMetrics {
  readonly registry: Registry
  readonly requests: Histogram<'method' | 'route' | 'status'>
  readonly records: Counter<'outcome'>
  readonly leases: Counter<'outcome'>
  readonly pulled: Counter
  readonly refusedSignatures: Counter
  readonly streams: Gauge
  readonly setBacks: Counter
}

/** Makes the counters of one hub. They are its own, so that several hubs in one process count apart. */
export function createMetrics(): HubMetrics {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    requests: new Histogram({
      name: 'muse_hub_request_duration_seconds',
      help: 'Time from a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    records: new Counter({
      name: 'muse_hub_pushed_records_total',
      help: 'Records that were pushed, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    leases: new Counter({
      name: 'muse_hub_contested_leases_total',
      help: 'Leases that a run asked for in vain, because another has them (refused; passed_over: it got another one by the same push), and that had run out before they were granted anew (ran_out).',
      labelNames: ['outcome'],
      registers,
    }),
    pulled: new Counter({ name: 'muse_hub_pulled_records_total', help: 'Records that were handed out.', registers }),
    refusedSignatures: new Counter({
      name: 'muse_hub_refused_signatures_total',
      help: 'Requests whose signature was refused.',
      registers,
    }),
    streams: new Gauge({ name: 'muse_hub_watch_streams', help: 'Watch streams open now.', registers }),
    setBacks: new Counter({
      name: 'muse_hub_store_set_backs_total',
      help: 'How often this hub found that its store had been set back without hub restore, and renewed it.',
      registers,
    }),
  }
}

/** Gauges that bear the suffix of counters, which the checker of Prometheus refuses; each has a twin by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Adds memory, processor time, event loop and garbage collection: those of the process, so for one hub in it. */
export function addProcessMetrics({ registry }: HubMetrics): void {
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
}
