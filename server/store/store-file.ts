// Where the embedded store lies.
import { join } from 'node:path'

export const storeFile = (dataFolder: string) => join(dataFolder, 'countersign.db')
