import { first } from './0001-first.ts';
import { webhooks } from './0002-webhooks.ts';
import { media } from './0003-media.ts';
import { addresses } from './0004-addresses.ts';
import { timers } from './0005-timers.ts';
import { push } from './0006-push.ts';
import { content } from './0007-content.ts';
import { removals } from './0008-removals.ts';
import { senders } from './0009-senders.ts';
import { leaves } from './0010-leaves.ts';
import { mail } from './0011-mail.ts';
import { nodes } from './0012-nodes.ts';
import { upkeep } from './0013-upkeep.ts';
import { serverKeys } from './0014-server-keys.ts';
import { traces } from './0015-traces.ts';
import { commits } from './0016-commits.ts';
import { removalCounts } from './0017-removal-counts.ts';
import { epochs } from './0018-epochs.ts';
import type { Migration } from './migration.ts';

/** All migrations, in order. */
export const migrations: readonly Migration[] = [
  first,
  webhooks,
  media,
  addresses,
  timers,
  push,
  content,
  removals,
  senders,
  leaves,
  mail,
  nodes,
  upkeep,
  serverKeys,
  traces,
  commits,
  removalCounts,
  epochs,
];
