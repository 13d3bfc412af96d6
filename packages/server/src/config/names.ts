import { notesOf, type SettingKey, settingKeys } from './settings.ts';

/** What can be given: each setting, and for each secret the path of a file that holds it (`authTokenFile`). */
export type GivenName = SettingKey | `${SettingKey}File`;

export const secretKeys = settingKeys.filter((key) => notesOf(key).secret);

export const givenNames: readonly GivenName[] = [...settingKeys, ...secretKeys.map((key): GivenName => `${key}File`)];

/** `dataDir` → `--data-dir` */
export function flagOf(name: string): string {
  return `--${words(name).join('-')}`;
}

/** `dataDir` → `COLLOQUY_DATA_DIR` */
export function environmentNameOf(name: string): string {
  return ['colloquy', ...words(name)].join('_').toUpperCase();
}

function words(name: string): string[] {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(' ');
}
