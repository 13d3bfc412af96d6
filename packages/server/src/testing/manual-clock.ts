export { ManualClock } from '@colloquy/testing';
