import { Badge, Tabs, VisuallyHidden } from '@mantine/core';
import type { Thread } from '../thread/thread.ts';
import { useStore } from '../use-store.ts';
import classes from './pane-tabs.module.css';

/** Mantine derives the addresses of tabs and panels from this; the panels are ours, as they outlive the tabs. */
const tabsId = 'panes';
export const paneId = (key: string) => `${tabsId}-panel-${key}`;
export const tabId = (key: string) => `${tabsId}-tab-${key}`;

interface PaneTabsProps {
  threads: readonly Thread[];
  /** One per thread, then the phone's. */
  keys: readonly string[];
  phoneKey: string;
  shown: string;
  onShow: (key: string) => void;
}

export function PaneTabs({ threads, keys, phoneKey, shown, onShow }: PaneTabsProps) {
  return (
    <Tabs id={tabsId} value={shown} onChange={(key) => onShow(key ?? phoneKey)}>
      <Tabs.List grow aria-label="Who you are">
        {threads.map((thread, place) => (
          <UserTab key={thread.identity} thread={thread} value={keys[place] ?? thread.identity} />
        ))}
        <Tabs.Tab value={phoneKey}>Phone</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}

function UserTab({ thread, value }: { thread: Thread; value: string }) {
  const { unread } = useStore(thread.state);
  return (
    <Tabs.Tab value={value}>
      <span className={classes['label']}>
        {thread.identity}
        {unread > 0 && (
          <Badge size="sm" circle={unread < 10}>
            {unread}
            <VisuallyHidden> unread</VisuallyHidden>
          </Badge>
        )}
      </span>
    </Tabs.Tab>
  );
}
