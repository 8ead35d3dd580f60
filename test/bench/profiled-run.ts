// A CPU profile of this process, for as long as a run takes.
import { Session } from 'node:inspector/promises'

/** Between two samples, in microseconds. */
const INTERVAL = 250

export class ProfiledRun {
  readonly #session = new Session()

  async begin(): Promise<void> {
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.setSamplingInterval', { interval: INTERVAL })
    await this.#session.post('Profiler.start')
  }

  /** @returns the profile's JSON, which browsers' developer tools draw as a flame graph */
  async end(): Promise<string> {
    const { profile } = await this.#session.post('Profiler.stop')
    this.#session.disconnect()
    return JSON.stringify(profile)
  }
}
