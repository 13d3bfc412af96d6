/**
 * osmo-msc, a real SMSC, as the one that we bind at. It opens sockets of SCTP towards its radio side, which many kernels
 * do not have: what is preloaded makes them idle ones of TCP, and lets the system choose its control port.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePort, systemClock } from '@colloquy/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon, findProgram } from '../../testing/test/daemon.ts';
import {
  type Concatenation,
  decodeGsm,
  decodeUcs2,
  encodePiece,
  fillBitsAfter,
  Link,
  splitText,
  unpack,
  userData,
} from '../src/index.ts';

const program = findProgram('osmo-msc');
const compiler = findProgram('cc');
const missing = !program || !compiler;

const preloaded = `
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
static const int sctp = 132, control_port = 4255;
static char replaced[4096];
int socket(int domain, int type, int protocol) {
  int (*real)(int, int, int) = dlsym(RTLD_NEXT, "socket");
  if (protocol != sctp) return real(domain, type, protocol);
  int fd = real(AF_INET, (type & ~0xf) | SOCK_STREAM, IPPROTO_TCP);
  if (fd >= 0 && fd < 4096) replaced[fd] = 1;
  return fd;
}
int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");
  return level == sctp ? 0 : real(fd, level, name, value, length);
}
int bind(int fd, const struct sockaddr *address, socklen_t length) {
  int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
  struct sockaddr_in any;
  if (address->sa_family != AF_INET || length < sizeof any) return real(fd, address, length);
  memcpy(&any, address, sizeof any);
  if (any.sin_port == htons(control_port)) any.sin_port = 0;
  return real(fd, (struct sockaddr *)&any, sizeof any);
}
int listen(int fd, int backlog) {
  int (*real)(int, int) = dlsym(RTLD_NEXT, "listen");
  if (fd >= 0 && fd < 4096 && replaced[fd]) {
    struct sockaddr_in any;
    memset(&any, 0, sizeof any);
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd, (struct sockaddr *)&any, sizeof any);
  }
  return real(fd, backlog);
}
`;

const configuration = (smppPort: number, consolePort: number, otherPort: number) => `
line vty
 no login
 bind 127.0.0.1 ${consolePort}
network
 network country code 001
 mobile network code 01
msc
 mgw remote-ip 127.0.0.1
hlr
 remote-ip 127.0.0.1
 remote-port ${otherPort}
smpp
 local-tcp-ip 127.0.0.1 ${smppPort}
 system-id OSMO-SMSC
 policy closed
 smpp-first
 esme conv
  password secret1
  route prefix international isdn 4420
  dcs-transparent
`;

interface StoredMessage {
  src_addr: string;
  dest_addr: string;
  data_coding_scheme: number;
  ud_hdr_ind: number;
  user_data: Uint8Array;
  text: string;
}

const name = 'osmo-msc (Debian packages osmo-msc, gcc and libc6-dev)';
describe.skipIf(missing)(name, () => {
  let folder: string;
  let daemon: Daemon;
  let port: number;
  let link: Link;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'colloquy-osmo-msc-'));
    writeFileSync(join(folder, 'preloaded.c'), preloaded);
    const args = ['-shared', '-fPIC', '-o', 'preloaded.so', 'preloaded.c', '-ldl'];
    execFileSync(compiler ?? '', args, { cwd: folder });
    port = await freePort();
    writeFileSync(join(folder, 'osmo-msc.cfg'), configuration(port, await freePort(), await freePort()));
    const env = { LD_PRELOAD: join(folder, 'preloaded.so') };
    daemon = new Daemon(program ?? '', ['-c', 'osmo-msc.cfg'], { cwd: folder, env });
    await daemon.says(/Iu-interface: SCCP user/);
  });
  afterAll(async () => {
    await link?.stop();
    await daemon?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Binds, and says what came of it. */
  const bind = (password: string) =>
    new Promise<Link['state']>((resolve) => {
      link = new Link({
        clock: systemClock,
        mode: 'transceiver',
        perSecond: 100,
        window: 10,
        random: Math.random,
        connect: () => connect(port, '127.0.0.1'),
        account: { systemId: 'conv', password },
        onMessage: (pdu, session) => session.answer(pdu),
        onState: () => {
          if (link.state.state === 'bound' || link.state.state === 'down') resolve(link.state);
        },
      });
      link.start();
    });

  const stored = () => {
    const database = new DatabaseSync(join(folder, 'sms.db'), { readOnly: true });
    const rows = database.prepare('SELECT * FROM SMS ORDER BY id').all() as unknown as StoredMessage[];
    database.close();
    return rows;
  };
  /** What is in it behind its header; septets are packed there, and filled up with zeros. */
  const textOf = ({ user_data, ud_hdr_ind, data_coding_scheme }: StoredMessage) => {
    const { headerOctets, text } = userData(user_data, ud_hdr_ind === 1);
    if (data_coding_scheme === 8) return decodeUcs2(text);
    return decodeGsm(unpack(text, headerOctets ? fillBitsAfter(headerOctets) : 0)).replace(/@+$/, '');
  };

  const send = async (text: string, concatenation: Concatenation = 'udh8') => {
    const options = { defaultAlphabet: 'gsm', latin1: false, concatenation } as const;
    const { alphabet, pieces } = splitText(text, options);
    const before = stored().length;
    for (const [at, piece] of pieces.entries()) {
      const place = pieces.length > 1 ? { reference: 42, total: pieces.length, sequence: at + 1 } : null;
      const outcome = await link.submit(
        {
          source: { ton: 1, npi: 1, address: '442000001' },
          destination: { ton: 1, npi: 1, address: '447700900123' },
          registeredDelivery: 1,
          validityPeriod: '000001000000000R',
          ...encodePiece(piece, alphabet, place, options),
        },
        { signal: new AbortController().signal },
      );
      expect(outcome).toMatchObject({ class: 'ok', messageId: 'msg_id_not_implemented' });
    }
    return stored().slice(before);
  };

  it('refuses a wrong password, and takes the right one', async () => {
    expect(await bind('wrong')).toMatchObject({ state: 'down', credentials: true });
    await link.stop();
    expect(await bind('secret1')).toMatchObject({ state: 'bound' });
  });

  it('stores what we sent, in the alphabet that we said', async () => {
    const gsm = await send('Hello @ £ {euro} €');
    expect(gsm.map(textOf)).toEqual(['Hello @ £ {euro} €']);
    expect(gsm).toMatchObject([{ src_addr: '442000001', dest_addr: '447700900123', data_coding_scheme: 0 }]);
    const wide = await send('Привет 👋');
    expect(wide.map(textOf)).toEqual(['Привет 👋']);
    expect(wide).toMatchObject([{ data_coding_scheme: 8 }]);
  });

  it.each(['plain '.repeat(50).trim(), 'Привет 👋 '.repeat(20)])(
    'stores the pieces of a long text with their headers: %s',
    async (text) => {
      const pieces = await send(text);
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.map(textOf).join('').trim()).toBe(text.trim());
      const places = pieces.map(({ user_data }) => userData(user_data, true).place);
      expect(places).toEqual(pieces.map((_, at) => ({ reference: 42, total: pieces.length, sequence: at + 1 })));
    },
  );

  it('lives on our questions whether it is there, and leaves others without an answer', async () => {
    const { state } = link;
    if (state.state !== 'bound') throw new Error('It is not bound.');
    expect(await state.session.request('enquire_link', {})).toMatchObject({ status: 0 });
    const query = state.session.request('query_sm', { messageId: '1' });
    expect(await state.session.request('enquire_link', {})).toMatchObject({ status: 0 });
    expect(state.session.outstanding).toBe(1);
    await link.stop();
    await expect(query).rejects.toMatchObject({ written: true });
  });
});
