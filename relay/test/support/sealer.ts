import { systemClock } from '../../clock.ts';
import { createDataKeys } from '../../sealing/data-keys.ts';
import { createRoutingReader } from '../../sealing/routing-reader.ts';
import { createSealer as createSealerWith } from '../../sealing/sealer.ts';

/** Returns the sealer of a relay, without the time limit for reading bodies that slow machines would exceed. */
export const createSealer = () =>
  createSealerWith(
    createDataKeys(systemClock, 1_000),
    createRoutingReader(() => 0),
  );
