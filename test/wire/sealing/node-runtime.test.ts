import { nodeRuntime } from '../../../wire/sealing/node-runtime.ts';
import { testRuntime } from './runtime-tests.ts';

testRuntime(nodeRuntime);
