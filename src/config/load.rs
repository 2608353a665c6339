//! Loads the configuration: merges its layers, and reports everything that is wrong at once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::reader::Reader;
use super::{
    ApiKeys, Audit, Authz, CompanyTokens, Console, Database, Feed, Http, Keys, Ledger, Log, Login,
    MasterKeySource, OAuth, OperatorTokens, Origins, Sessions, SettingErrors, Tokens, Webhooks,
    Wechat, master_key,
};

/// All settings, one struct for each section. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the master key is, which seals the signing keys.
    pub master_key: MasterKeySource,
    /// The files of previous master keys, which open what those keys sealed.
    pub previous_master_keys: Vec<PathBuf>,
    /// `[database]`
    pub database: Database,
    /// `[http]`
    pub http: Http,
    /// `[tokens]`
    pub tokens: Tokens,
    /// `[keys]`
    pub keys: Keys,
    /// `[oauth]`
    pub oauth: OAuth,
    /// `[console]`
    pub console: Console,
    /// `[sessions]`
    pub sessions: Sessions,
    /// `[authz]`
    pub authz: Authz,
    /// `[wechat]`
    pub wechat: Wechat,
    /// `[api_keys]`
    pub api_keys: ApiKeys,
    /// `[operator_tokens]`
    pub operator_tokens: OperatorTokens,
    /// `[company_tokens]`
    pub company_tokens: CompanyTokens,
    /// `[login]`
    pub login: Login,
    /// `[ledger]`
    pub ledger: Ledger,
    /// `[audit]`
    pub audit: Audit,
    /// `[feed]`
    pub feed: Feed,
    /// `[webhooks]`
    pub webhooks: Webhooks,
    /// `[log]`
    pub log: Log,
}

impl Config {
    /// Merges the layers. `environment` is the whole environment, of which only variables that
    /// begin with `LANYARD_` are read; `flags` are pairs of dotted key and value. Reads only the
    /// configuration file and files that settings name.
    ///
    /// # Errors
    /// Returns everything that is wrong: invalid values, unknown keys and variables, files that
    /// cannot be read.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingErrors> {
        let environment = environment
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        Self::load_with_origins(file, environment, flags).map(|(config, _)| config)
    }

    /// Like [`Config::load`], and also returns where each setting was given.
    ///
    /// # Errors
    /// Returns an error as [`Config::load`] does.
    pub fn load_with_origins(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Origins), SettingErrors> {
        let mut reader = Reader::new(file, environment, flags);
        let config = Self::read(&mut reader);
        reader.finish().map(|taken| (config, Origins(taken)))
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let database = Database::read(reader);
        Self {
            master_key: MasterKeySource::read(reader, &database.url),
            previous_master_keys: master_key::read_previous(reader),
            database,
            http: Http::read(reader),
            tokens: Tokens::read(reader),
            keys: Keys::read(reader),
            oauth: OAuth::read(reader),
            console: Console::read(reader),
            sessions: Sessions::read(reader),
            authz: Authz::read(reader),
            wechat: Wechat::read(reader),
            api_keys: ApiKeys::read(reader),
            operator_tokens: OperatorTokens::read(reader),
            company_tokens: CompanyTokens::read(reader),
            login: Login::read(reader),
            ledger: Ledger::read(reader),
            audit: Audit::read(reader),
            feed: Feed::read(reader),
            webhooks: Webhooks::read(reader),
            log: Log::read(reader),
        }
    }
}
