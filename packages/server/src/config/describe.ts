import { environmentNameOf, flagOf } from './names.ts';
import { notesOf, type SettingKey, type SettingNotes, settingKeys, settings } from './settings.ts';
import { defaultConfigFile } from './sources.ts';
import { wrap } from './wrap.ts';

export interface SettingDescription extends Omit<SettingNotes, 'otherwise'> {
  key: SettingKey;
  /** As it would be written, or in words when it depends on something. Markdown. */
  default: string;
  /** `--data-dir` */
  flag: string;
  /** `COLLOQUY_DATA_DIR` */
  environment: string;
}

export function describeSettings(): SettingDescription[] {
  return settingKeys.map((key) => ({
    ...notesOf(key),
    key,
    default: notesOf(key).otherwise ?? `\`${settings.shape[key].parse(undefined)}\``,
    flag: flagOf(key),
    environment: environmentNameOf(key),
  }));
}

const wordsAbout = {
  precedence: `A flag goes before the environment, the environment before the configuration file.`,
  file: `The configuration file is a JSON object: \`${defaultConfigFile}\` in the working directory, or the one that \`--config\` or \`COLLOQUY_CONFIG\` names.`,
  secrets: 'A secret can be read from a file instead',
};

/** What `--help` prints. */
export function helpText(): string {
  const entries = describeSettings().map(({ flag, environment, key, about, expects, default: preset }) =>
    [
      `  ${flag}  (${environment}, "${key}")`,
      ...wrap(`${about} Expected: ${expects}. Default: ${preset}.`, 72).map((line) => `      ${line}`),
    ].join('\n'),
  );
  const secrets = describeSettings().filter(({ secret }) => secret);
  const files = secrets.map(({ flag, environment }) => `${flag}-file (${environment}_FILE)`).join(', ');
  return plain(
    [
      'Usage: colloquy start [flag value]…',
      '       colloquy start --version',
      '',
      ...wrap(`${wordsAbout.precedence} ${wordsAbout.file} ${wordsAbout.secrets}: ${files}.`, 78),
      '',
      entries.join('\n\n'),
      '',
    ].join('\n'),
  );
}

/** The page `docs/reference/settings.md`. */
export function settingsPage(): string {
  const sections = describeSettings().map((setting) =>
    [
      `## ${setting.key}`,
      '',
      setting.about,
      '',
      '| flag | environment | configuration key | default |',
      '| --- | --- | --- | --- |',
      `| \`${setting.flag}\` | \`${setting.environment}\` | \`${setting.key}\` | ${setting.default} |`,
      ...(setting.secret
        ? [`| \`${setting.flag}-file\` | \`${setting.environment}_FILE\` | \`${setting.key}File\` | |`]
        : []),
      '',
      `Expected: ${setting.expects}.`,
    ].join('\n'),
  );
  return `${[
    '# Settings',
    '<!-- Written from packages/server/src/config/settings.ts: `npm test -- packages/server/src/config -u` -->',
    `Every setting can be given as a flag, in the environment or in a configuration file. ${wordsAbout.precedence} ` +
      'An empty environment variable counts as absent. A value that does not fit ends the program with exit code 2 and ' +
      'a sentence for each, and so does a flag or a key of the file that does not exist, or a name in the environment ' +
      'that is at most two typing mistakes away from one that does. Other names in the environment that begin with `COLLOQUY_` ' +
      'may be those of other programs: the server goes on, and says in its log which there are.',
    'Kubernetes makes such names itself for a Service that is named `colloquy`, and takes `COLLOQUY_PORT` for its address: ' +
      'set `enableServiceLinks: false` in the pod, as the chart does.',
    `${wordsAbout.file} Where that is, and where no update takes it away, says [Deploying](../guides/deploy.md#a-configuration-file).`,
    `${wordsAbout.secrets}: its name with \`_FILE\` (\`-file\`, \`File\`) at the end takes a path. Prefer that, or the ` +
      "environment: other users of the machine can see a process's flags.",
    'What is made on the first start is kept in `credentials.json` in the data directory, readable by its owner ' +
      'alone. A value that is given goes before a kept one, and is never written there.',
    ...sections,
  ].join('\n\n')}\n`;
}

function plain(markdown: string): string {
  return markdown.replaceAll('`', '');
}
