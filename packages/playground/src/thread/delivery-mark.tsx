import classes from './delivery-mark.module.css';
import type { Delivery } from './thread-state.ts';

const paths: Record<Delivery, string> = {
  queued: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zm0 2.5V8l1.8 1.2',
  sent: 'M3.5 8.500l3 3 6-7',
  delivered: 'M1.500 8.500l3 3 6-7M7.500 11l.6.5 6-7',
  read: 'M1.500 8.500l3 3 6-7M7.500 11l.6.5 6-7',
  failed: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zm-1.800 3.200l3.600 3.600m0-3.600L6.200 9.800',
};

/** How far the copy for the phone has come. */
export function DeliveryMark({ delivery, errorCode }: { delivery: Delivery; errorCode: number | null }) {
  return (
    <span className={classes['mark']} data-delivery={delivery}>
      <svg viewBox="0 0 16 16" aria-hidden="true" className={classes['icon']}>
        <path d={paths[delivery]} />
      </svg>
      Phone: {delivery}
      {delivery === 'failed' && errorCode !== null && ` (${errorCode})`}
    </span>
  );
}
