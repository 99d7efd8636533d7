/** Something that is done step by step until there is nothing to do, and taken up again when there may be. */
export class Activity {
  isRunning = false
  private again = false

  constructor(
    /** Whether there may be more to do at once. */
    private readonly step: () => Promise<boolean>,
    private readonly on: { rest(): void; failure(error: unknown): void },
  ) {}

  /** There may be something to do since the step that is running began. */
  wake(): void {
    this.again = true
    if (!this.isRunning) void this.run()
  }

  private async run(): Promise<void> {
    this.isRunning = true
    try {
      do {
        this.again = false
        while (await this.step());
      } while (this.again)
    } catch (error) {
      this.on.failure(error)
    }
    this.isRunning = false
    this.on.rest()
  }
}
