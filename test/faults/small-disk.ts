// A disk of the suite's own: a file with ext4 in it, mounted by loop. It can be filled, made read-only, and cut off from
// its power: ext4's own shutdown (EXT4_IOC_SHUTDOWN without flushing its log) drops whatever was not yet written and
// synchronised, and the next mount finds what a disk would hold after a power cut. Needs root.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MIB = 1024 * 1024
/** `_IOR('X', 125, __u32)`; 2: without flushing the log. */
const SHUTDOWN = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))
`

export class SmallDisk implements AsyncDisposable {
  readonly folder: string
  readonly #home: string
  #device = ''

  private constructor(home: string) {
    this.#home = home
    this.folder = join(home, 'disk')
  }

  static open(mebibytes: number): SmallDisk {
    const disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'countersign-disk-')))
    mkdirSync(disk.folder)
    run('truncate', '-s', `${mebibytes}M`, disk.#image)
    disk.#device = run('losetup', '--find', '--show', disk.#image)
    run('mkfs.ext4', '-q', '-F', '-m', '0', disk.#device)
    disk.#mount()
    return disk
  }

  get #image(): string {
    return join(this.#home, 'image')
  }

  #mount(): void {
    run('mount', this.#device, this.folder)
    run('chmod', '755', this.#home, this.folder)
  }

  /** Takes all that is left of it. */
  fill(): void {
    try {
      for (let part = 0; ; part++) writeFileSync(join(this.folder, `ballast-${part}`), Buffer.alloc(MIB / 4, 1))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }

  free(): void {
    run('sh', '-c', `rm -f ${this.folder}/ballast-*`)
  }

  /** Nothing that is open can be written from now on, as after an error of the disk. */
  readOnly(): void {
    run('mount', '-o', 'remount,abort', this.folder)
  }

  /** Whatever is not on the disk by now never was. */
  powerCut(): void {
    run('python3', '-c', SHUTDOWN, this.folder)
  }

  /** Whoever had files open must have ended. */
  powerOn(): void {
    run('umount', this.folder)
    // By the same device: what the system remembers of it and what is checked are one.
    run('e2fsck', '-p', this.#device)
    this.#mount()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    run('umount', '-l', this.folder)
    run('losetup', '--detach', this.#device)
    rmSync(this.#home, { recursive: true, force: true })
  }
}

function run(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch (error) {
    // e2fsck: 1 where it mended something.
    if (program !== 'e2fsck' || (error as { status?: number }).status !== 1) throw error
    return ''
  }
}
