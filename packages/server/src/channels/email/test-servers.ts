/** Postfix and Dovecot, in a directory of their own and on ports of this machine, for tests. They have to be installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@colloquy/testing';
import { turnsWhile } from '../../testing/turns.ts';

const binaries = ['/usr/sbin/postfix', '/usr/sbin/dovecot', '/usr/lib/dovecot/lmtp', '/usr/lib/dovecot/imap'];

/** Why they cannot run here; null when they can. */
export function whyNoMailServers(): string | null {
  if (!binaries.every((path) => existsSync(path))) {
    return 'Postfix and Dovecot are not installed: apt-get install postfix dovecot-imapd dovecot-lmtpd';
  }
  return process.getuid?.() === 0 ? null : 'Postfix only starts as root.';
}

export interface MailServers {
  smtpPort: number;
  imapPort: number;
  /** Where mail to `inbound.example.test` is relayed to. */
  relayPort: number;
  /** What Postfix has written. */
  log(): string;
  stop(): Promise<void>;
}

/** Mailboxes `support@example.test` and `person@example.test`, password `pw`; plus-addresses are theirs, too. */
export async function startMailServers(): Promise<MailServers> {
  const directory = mkdtempSync(join(tmpdir(), 'mail-'));
  // Both run as other users than this one.
  chmodSync(directory, 0o755);
  const [smtpPort = 0, lmtpPort = 0, imapPort = 0, relayPort = 0] = await freePorts(4);
  const dovecot = startDovecot(join(directory, 'dovecot'), { lmtpPort, imapPort });
  const postfix = startPostfix(join(directory, 'postfix'), { smtpPort, lmtpPort, relayPort });
  await Promise.all([answers(smtpPort), answers(imapPort), answers(lmtpPort)]);
  return {
    smtpPort,
    imapPort,
    relayPort,
    log: () => readFileSync(join(directory, 'postfix', 'log', 'mail.log'), 'utf8'),
    stop: async () => {
      // What was started is not the process that does the work.
      const stopping = spawn('/usr/sbin/postfix', ['-c', join(directory, 'postfix', 'etc'), 'stop'], {
        stdio: 'ignore',
      });
      dovecot.kill('SIGTERM');
      await Promise.all([dovecot, stopping, postfix].map(ended));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function startPostfix(
  directory: string,
  { smtpPort, lmtpPort, relayPort }: { smtpPort: number; lmtpPort: number; relayPort: number },
): ChildProcess {
  for (const name of ['', 'etc', 'queue', 'data', 'log']) mkdirSync(join(directory, name), { mode: 0o755 });
  const postfix = idOf('postfix');
  chownSync(join(directory, 'data'), postfix, 0);
  const main = {
    compatibility_level: '3.6',
    myhostname: 'mx.example.test',
    mydestination: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    alias_maps: '',
    virtual_mailbox_domains: 'example.test',
    virtual_transport: `lmtp:inet:127.0.0.1:${lmtpPort}`,
    virtual_mailbox_maps: 'inline:{ {support@example.test=ok}, {person@example.test=ok} }',
    recipient_delimiter: '+',
    relay_domains: 'inbound.example.test',
    transport_maps: `inline:{ {inbound.example.test=smtp:[127.0.0.1]:${relayPort}} }`,
    default_transport: 'error:no outside mail in tests',
    minimal_backoff_time: '1s',
    queue_run_delay: '1s',
    queue_directory: join(directory, 'queue'),
    data_directory: join(directory, 'data'),
    maillog_file: join(directory, 'log', 'mail.log'),
    maillog_file_prefixes: directory,
  };
  // Name, type, private, unprivileged, chroot, wake-up, most processes, command.
  const master = [
    `127.0.0.1:${smtpPort} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
    'lmtp unix - - n - - lmtp',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  const etc = join(directory, 'etc');
  const lines = Object.entries(main).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(join(etc, 'main.cf'), lines.join(''), { mode: 0o644 });
  writeFileSync(join(etc, 'master.cf'), `${master.join('\n')}\n`, { mode: 0o644 });
  return spawn('/usr/sbin/postfix', ['-c', etc, 'start-fg'], { stdio: 'ignore' });
}

function startDovecot(directory: string, { lmtpPort, imapPort }: { lmtpPort: number; imapPort: number }): ChildProcess {
  mkdirSync(directory, { mode: 0o755 });
  const mail = join(directory, 'mail');
  mkdirSync(mail, { mode: 0o755 });
  chownSync(mail, idOf('mail'), idOf('mail'));
  const settings = `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
ssl = no
disable_plaintext_auth = no
recipient_delimiter = +
first_valid_uid = 1
mail_location = maildir:${mail}/%n
passdb {
  driver = static
  args = password=pw
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${mail}/%n
}
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
`;
  const file = join(directory, 'dovecot.conf');
  writeFileSync(file, settings, { mode: 0o644 });
  return spawn('/usr/sbin/dovecot', ['-F', '-c', file], { stdio: 'ignore' });
}

function idOf(user: string): number {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${user}:`));
  return Number(line?.split(':')[2]);
}

/** Resolves when something listens. The process is under way, and this is all that it tells. */
async function answers(port: number): Promise<void> {
  await turnsWhile(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('connect', () => resolve(false));
        socket.once('error', () => resolve(true));
        socket.once('connect', () => socket.destroy());
      }),
  );
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
  });
}
