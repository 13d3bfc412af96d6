import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OperateError } from '../operate/operate-error.ts';

/** Windows has neither, and no such files. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * Opens a file of a backup, which may come from anybody: it has to be a plain one, in folders of the backup. A pipe would
 * be waited for, a device has no end, and a link leads to what the one who restores may read and others may not.
 *
 * @param directory of the backup, which may be a link: whoever restores has named it
 * @param name below it
 * @throws OperateError when it is something else, or not there
 */
export async function openFile(directory: string, name: string): Promise<FileHandle> {
  const path = join(directory, name);
  const refused = new OperateError(`${path} is no plain file: links, devices and pipes do not belong into a backup.`);
  try {
    for (let folder = dirname(name); folder !== '.'; folder = dirname(folder)) {
      if (!(await lstat(join(directory, folder))).isDirectory()) throw refused;
    }
    // Before it is opened, which some devices notice; and afterwards, since it may have been exchanged in between.
    if (!(await lstat(path)).isFile()) throw refused;
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new OperateError(`${path} is missing.`);
    if (code !== 'ELOOP') throw error;
  }
  throw refused;
}

/** The whole of a file of which it is known that it is short. @param most bytes */
export async function readShortFile(directory: string, name: string, most: number): Promise<Buffer> {
  const file = await openFile(directory, name);
  try {
    // One more, so that it shows.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most + 1), 0, most + 1, 0);
    if (bytesRead <= most) return buffer.subarray(0, bytesRead);
    throw new OperateError(`${join(directory, name)} is damaged: it has more than ${most} bytes.`);
  } finally {
    await file.close();
  }
}
