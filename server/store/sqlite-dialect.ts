// Kysely's dialect of SQLite, but for what it does not know: there changes of the schema can be taken back too.
import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely'

export class EmbeddedDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createAdapter(): SqliteAdapter {
    return new SchemaInTransactions()
  }

  override createDriver(): SqliteDriver {
    return new AtOnce(this.#config)
  }
}

/** A migration that fails half-way leaves nothing of itself behind. */
class SchemaInTransactions extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** What is read first to be written later fails as soon as another process has written in between: it waits instead. */
class AtOnce extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}
