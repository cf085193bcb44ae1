import { brakeContract } from './contract/brake.ts'

brakeContract()
