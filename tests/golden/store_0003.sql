BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE articles (
	id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	published DATE, 
	source TEXT NOT NULL, 
	CONSTRAINT pk_articles PRIMARY KEY (id)
);
INSERT INTO "articles" VALUES('A1','A headline','2025-04-07','a website');
CREATE TABLE bars (
	id INTEGER NOT NULL, 
	series TEXT NOT NULL, 
	session_date DATE NOT NULL, 
	open DOUBLE, 
	high DOUBLE, 
	low DOUBLE, 
	close DOUBLE NOT NULL, 
	volume DOUBLE, 
	finality TEXT NOT NULL, 
	batch_id INTEGER NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	superseded_at DATETIME, 
	CONSTRAINT pk_bars PRIMARY KEY (id), 
	CONSTRAINT ck_bars_finality CHECK (finality IN ('provisional', 'final', 'revised')), 
	CONSTRAINT ck_bars_interval CHECK (superseded_at IS NULL OR superseded_at >= recorded_at), 
	CONSTRAINT fk_bars_batch_id_batches FOREIGN KEY(batch_id) REFERENCES batches (id)
);
INSERT INTO "bars" VALUES(1,'topix','2025-04-04',NULL,NULL,NULL,100.5,NULL,'final',1,'2025-04-07 12:00:00.000000',NULL);
INSERT INTO "bars" VALUES(2,'topix','2025-04-07',NULL,NULL,NULL,97.25,NULL,'final',1,'2025-04-07 12:00:00.000000','2025-04-08 12:00:00.000000');
INSERT INTO "bars" VALUES(3,'topix','2025-04-07',NULL,NULL,NULL,97.5,NULL,'revised',2,'2025-04-08 12:00:00.000000',NULL);
CREATE TABLE batches (
	id INTEGER NOT NULL, 
	series TEXT NOT NULL, 
	source TEXT NOT NULL, 
	payload_hash TEXT NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	inserted INTEGER NOT NULL, 
	revised INTEGER NOT NULL, 
	unchanged INTEGER NOT NULL, 
	CONSTRAINT pk_batches PRIMARY KEY (id)
);
INSERT INTO "batches" VALUES(1,'topix','files','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2025-04-07 12:00:00.000000','2025-04-07 12:00:00.000000',2,0,0);
INSERT INTO "batches" VALUES(2,'topix','files','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2025-04-07 12:00:00.000000','2025-04-08 12:00:00.000000',0,1,0);
CREATE TABLE check_sets (
	id INTEGER NOT NULL, 
	snapshot TEXT NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	CONSTRAINT pk_check_sets PRIMARY KEY (id)
);
INSERT INTO "check_sets" VALUES(1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2025-04-07 12:00:00.000000');
CREATE TABLE checks (
	set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	figure TEXT NOT NULL, 
	article TEXT NOT NULL, 
	series TEXT NOT NULL, 
	quantity TEXT NOT NULL, 
	quoted TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	date DATE NOT NULL, 
	computed DOUBLE, 
	difference DOUBLE, 
	verdict TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	arithmetic TEXT NOT NULL, 
	calendar TEXT NOT NULL, 
	evidence JSON NOT NULL, 
	CONSTRAINT pk_checks PRIMARY KEY (set_id, position), 
	CONSTRAINT fk_checks_set_id_check_sets FOREIGN KEY(set_id) REFERENCES check_sets (id)
);
INSERT INTO "checks" VALUES(1,0,'A1-F03','A1','topix','change','-194.40','points','2025-04-07',-1.94400000000000090947e+02,1.0e-13,'EXACT','equal at two decimals','CONSISTENT','SESSION','["2288.66", "2482.06"]');
CREATE TABLE curve (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event TEXT NOT NULL, 
	series TEXT NOT NULL, 
	clock TEXT, 
	window_start INTEGER NOT NULL, 
	window_end INTEGER NOT NULL, 
	statistic TEXT NOT NULL, 
	mean TEXT, 
	variance TEXT, 
	dist TEXT, 
	estimation INTEGER, 
	gap INTEGER, 
	bridge TEXT, 
	masked TEXT, 
	estimate DOUBLE, 
	deviation DOUBLE, 
	p_value DOUBLE, 
	method TEXT, 
	n INTEGER, 
	floor DOUBLE, 
	fit_status TEXT, 
	agrees BOOLEAN, 
	CONSTRAINT pk_curve PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_curve_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "curve" VALUES(1,0,'E05','topix','tokyo_close',0,0,'CAR','constant','gjr','t',250,10,'episode','',0.0,1.5,0.05,'fhs',250,0.0,'converged',1);
INSERT INTO "curve" VALUES(1,1,'E05','topix','tokyo_close',0,4,'CAR','constant','garch','t',500,10,'event','2024-08-05 2024-08-06',3.33333333333333314829e-01,4.94065645841247e-324,0.0001,'placebo_matched',4000,0.0001,'boundary',0);
INSERT INTO "curve" VALUES(1,2,'E05','topix','tokyo_close',0,4,'CAR','constant','egarch','t',1000,10,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,'not_converged',0);
INSERT INTO "curve" VALUES(2,0,'E05','topix','tokyo_close',0,0,'CAR','constant','gjr','t',250,10,'episode','',0.0,1.5,0.05,'fhs',250,0.0,'converged',1);
INSERT INTO "curve" VALUES(2,1,'E05','topix','tokyo_close',0,4,'CAR','constant','garch','t',500,10,'event','2024-08-05 2024-08-06',3.33333333333333314829e-01,4.94065645841247e-324,0.0001,'placebo_matched',4000,0.0001,'boundary',0);
INSERT INTO "curve" VALUES(2,2,'E05','topix','tokyo_close',0,4,'CAR','constant','egarch','t',1000,10,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,'not_converged',0);
CREATE TABLE events (
	id TEXT NOT NULL, 
	timestamp DATETIME NOT NULL, 
	timestamp_offset INTEGER NOT NULL, 
	earliest DATETIME, 
	earliest_offset INTEGER, 
	latest DATETIME, 
	latest_offset INTEGER, 
	label TEXT NOT NULL, 
	direction TEXT NOT NULL, 
	episode TEXT, 
	kind TEXT NOT NULL, 
	zone TEXT NOT NULL, 
	evidence JSON NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id)
);
INSERT INTO "events" VALUES('E05','2025-04-02 20:00:00.000000',-14400,'2025-04-02 19:55:00.000000',-14400,'2025-04-02 21:00:00.000000',32400,'An announcement','escalation','april','tariff','America/New_York','[{"source": "a newspaper", "mark": "V", "says": "at four"}, {"source": "a memory", "mark": "M", "says": "after the close"}]');
CREATE TABLE exclusions (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event TEXT NOT NULL, 
	series TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_exclusions PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_exclusions_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "exclusions" VALUES(1,0,'*','jpx_nikkei_400','no prices');
INSERT INTO "exclusions" VALUES(1,1,'E05','topix','too short');
INSERT INTO "exclusions" VALUES(2,0,'*','jpx_nikkei_400','no prices');
INSERT INTO "exclusions" VALUES(2,1,'E05','topix','too short');
CREATE TABLE figures (
	id TEXT NOT NULL, 
	article TEXT NOT NULL, 
	series TEXT NOT NULL, 
	quantity TEXT NOT NULL, 
	quoted TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	date DATE NOT NULL, 
	location TEXT NOT NULL, 
	"group" TEXT NOT NULL, 
	CONSTRAINT pk_figures PRIMARY KEY (id), 
	CONSTRAINT fk_figures_article_articles FOREIGN KEY(article) REFERENCES articles (id)
);
INSERT INTO "figures" VALUES('A1-F03','A1','topix','change','-194.40','points','2025-04-07','first paragraph','A1-R1');
CREATE TABLE fits (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	series TEXT NOT NULL, 
	estimation_start DATE, 
	estimation_end DATE, 
	n INTEGER, 
	mean TEXT, 
	variance TEXT, 
	dist TEXT, 
	presample TEXT, 
	mu DOUBLE, 
	phi DOUBLE, 
	omega DOUBLE, 
	alpha DOUBLE, 
	gamma DOUBLE, 
	beta DOUBLE, 
	nu DOUBLE, 
	lambda DOUBLE, 
	loglikelihood DOUBLE, 
	persistence DOUBLE, 
	status TEXT, 
	ljung_box_z_p DOUBLE, 
	ljung_box_z2_p DOUBLE, 
	arch_lm_p DOUBLE, 
	sign_bias_p DOUBLE, 
	pit_ks_p DOUBLE, 
	kappa DOUBLE, 
	message TEXT, score_norm DOUBLE, starts_gap DOUBLE, arch_loglikelihood DOUBLE, arch_optimum DOUBLE, influential TEXT, persistence_without DOUBLE, half_life DOUBLE, half_life_lower DOUBLE, half_life_upper DOUBLE, 
	CONSTRAINT pk_fits PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_fits_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "fits" VALUES(1,0,'topix','2023-01-04','2025-01-31',500,'constant','gjr','t','mean',0.05,NULL,0.02,0.0,0.1,0.9,6.5,NULL,-700.125,0.95,'converged',0.5,0.5,0.5,0.5,0.5,0.5,NULL,3.0e-13,0.0,NULL,3.33333333333333314829e-01,'2023-06-02 2024-10-01',3.00000000000000044408e-01,9e999,3.33333333333333314829e-01,NULL);
CREATE TABLE locks (
	name TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	acquired_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_locks PRIMARY KEY (name)
);
INSERT INTO "locks" VALUES('store','a machine','2025-04-07 12:00:00.000000','2025-04-08 12:00:00.000000');
CREATE TABLE paths (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event TEXT NOT NULL, 
	series TEXT NOT NULL, 
	relative_day INTEGER NOT NULL, 
	session DATE, 
	close DOUBLE, 
	log_return DOUBLE, 
	abnormal_return DOUBLE, 
	car DOUBLE, 
	car_lower DOUBLE, 
	car_upper DOUBLE, 
	forecast_variance DOUBLE, 
	filtered_variance DOUBLE, 
	CONSTRAINT pk_paths PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_paths_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "paths" VALUES(1,0,'E05','topix',-1,'2025-04-02',100.0,0.0,0.1,NULL,NULL,NULL,1.0,1.0);
INSERT INTO "paths" VALUES(1,1,'E05','topix',0,'2025-04-03',97.0,-3.04592074847085747535e+00,-3.0,-3.0,-5.0,-1.0,1.1,1.2);
INSERT INTO "paths" VALUES(2,0,'E05','topix',-1,'2025-04-02',100.0,0.0,0.1,NULL,NULL,NULL,1.0,1.0);
INSERT INTO "paths" VALUES(2,1,'E05','topix',0,'2025-04-03',97.0,-3.04592074847085747535e+00,-3.0,-3.0,-5.0,-1.0,1.1,1.2);
CREATE TABLE quality_findings (
	id INTEGER NOT NULL, 
	series TEXT NOT NULL, 
	session_date DATE, 
	rule TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	observed TEXT NOT NULL, 
	expected TEXT NOT NULL, 
	source TEXT NOT NULL, 
	payload_hash TEXT NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	CONSTRAINT pk_quality_findings PRIMARY KEY (id), 
	CONSTRAINT ck_quality_findings_severity CHECK (severity IN ('quarantined', 'warning')), 
	CONSTRAINT uq_quality_findings_series_session_date_rule_observed UNIQUE (series, session_date, rule, observed)
);
INSERT INTO "quality_findings" VALUES(1,'topix','2025-04-07','high_below_low','quarantined','high 1, low 2','high >= low','files','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2025-04-07 12:00:00.000000');
CREATE TABLE questions (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	question TEXT NOT NULL, 
	direction TEXT, 
	series TEXT, 
	window_start INTEGER, 
	window_end INTEGER, 
	statistic TEXT, 
	method TEXT, 
	estimate DOUBLE, 
	se DOUBLE, 
	lower DOUBLE, 
	upper DOUBLE, 
	p_value DOUBLE, 
	n INTEGER, 
	floor DOUBLE, 
	mde DOUBLE, 
	null_distribution TEXT, 
	p_holm DOUBLE, 
	refusal TEXT, 
	left_out TEXT, 
	CONSTRAINT pk_questions PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_questions_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "questions" VALUES(1,0,'returns','escalation',NULL,0,4,'SCAR','episode_t',-3.00000000000000044408e-01,0.5,-9e999,0.0,0.05,7,0.0,1.5,'Student t(6)',0.1,'','april: its window also holds E06 (talks)');
INSERT INTO "questions" VALUES(1,1,'volatility','','topix',0,4,'CAV',NULL,NULL,NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,NULL,'2 episodes: not testable','');
INSERT INTO "questions" VALUES(2,0,'returns','escalation',NULL,0,4,'SCAR','episode_t',-3.00000000000000044408e-01,0.5,-9e999,0.0,0.05,7,0.0,1.5,'Student t(6)',0.1,'','april: its window also holds E06 (talks)');
INSERT INTO "questions" VALUES(2,1,'volatility','','topix',0,4,'CAV',NULL,NULL,NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,NULL,'2 episodes: not testable','');
CREATE TABLE reactions (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event TEXT NOT NULL, 
	series TEXT NOT NULL, 
	clock TEXT, 
	session DATE, 
	phase TEXT, 
	ambiguous BOOLEAN, 
	other_session DATE, 
	CONSTRAINT pk_reactions PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_reactions_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "reactions" VALUES(1,0,'E05','topix','tokyo_close','2025-04-03','closed',1,'2025-04-04');
INSERT INTO "reactions" VALUES(1,1,'E06','topix','tokyo_close','2025-04-04','open',0,NULL);
INSERT INTO "reactions" VALUES(2,0,'E05','topix','tokyo_close','2025-04-03','closed',1,'2025-04-04');
INSERT INTO "reactions" VALUES(2,1,'E06','topix','tokyo_close','2025-04-04','open',0,NULL);
CREATE TABLE results (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event TEXT NOT NULL, 
	series TEXT NOT NULL, 
	window_start INTEGER NOT NULL, 
	window_end INTEGER NOT NULL, 
	statistic TEXT NOT NULL, 
	method TEXT NOT NULL, 
	estimate DOUBLE, 
	se DOUBLE, 
	lower DOUBLE, 
	upper DOUBLE, 
	p_value DOUBLE, 
	n INTEGER, 
	floor DOUBLE, 
	mde DOUBLE, 
	null_distribution TEXT, 
	bridge TEXT, 
	session DATE, 
	phase TEXT, 
	ambiguous BOOLEAN, 
	origin DATE, 
	estimation_start DATE, 
	estimation_end DATE, 
	clock TEXT, 
	proxy_of TEXT, 
	episode TEXT, 
	fit_status TEXT, verdict TEXT, regime TEXT, size DOUBLE, size_error DOUBLE, family TEXT, p_adjusted DOUBLE, p_holm DOUBLE, p_bh DOUBLE, 
	CONSTRAINT pk_results PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_results_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "results" VALUES(1,0,'E05','topix',0,0,'AR','fhs',0.0,4.94065645841247e-324,NULL,3.33333333333333314829e-01,0.0001,9999,0.0001,2.5,'bootstrap','episode','2025-04-03','after',1,'2025-04-03','2025-04-03','2025-04-03','tokyo_close',NULL,'april','converged',NULL,'q4',0.0625,0.0,'april',0.0002,0.0003,3.33333333333333314829e-01);
INSERT INTO "results" VALUES(1,1,'E05','nikkei225',-1,1,'CAR','garch_z',3.00000000000000044408e-01,9e999,NULL,6.66666666666666629659e-01,NULL,0,NULL,NULL,NULL,'episode',NULL,'before',0,NULL,NULL,NULL,'tokyo_close',NULL,NULL,'converged',NULL,'',NULL,NULL,'april',NULL,1.0,6.66666666666666629659e-01);
INSERT INTO "results" VALUES(1,2,'E06','topix',0,4,'CAV','sq_z',NULL,-9e999,NULL,1.79769313486231562234e+308,0.5,500,0.0,0.0,'normal','event','2025-04-04',NULL,0,'2025-04-04','2025-04-04','2025-04-04','tokyo_close',NULL,NULL,'boundary','undecided','q1',3.00000000000000044408e-01,4.94065645841247e-324,NULL,NULL,NULL,NULL);
INSERT INTO "results" VALUES(2,0,'E05','topix',0,0,'AR','fhs',0.0,4.94065645841247e-324,NULL,3.33333333333333314829e-01,0.0001,9999,0.0001,2.5,'bootstrap','episode','2025-04-03','after',1,'2025-04-03','2025-04-03','2025-04-03','tokyo_close',NULL,'april','converged',NULL,'q4',0.0625,0.0,'april',0.0002,0.0003,3.33333333333333314829e-01);
INSERT INTO "results" VALUES(2,1,'E05','nikkei225',-1,1,'CAR','garch_z',3.00000000000000044408e-01,9e999,NULL,6.66666666666666629659e-01,NULL,0,NULL,NULL,NULL,'episode',NULL,'before',0,NULL,NULL,NULL,'tokyo_close',NULL,NULL,'converged',NULL,'',NULL,NULL,'april',NULL,1.0,6.66666666666666629659e-01);
INSERT INTO "results" VALUES(2,2,'E06','topix',0,4,'CAV','sq_z',NULL,-9e999,NULL,1.79769313486231562234e+308,0.5,500,0.0,0.0,'normal','event','2025-04-04',NULL,0,'2025-04-04','2025-04-04','2025-04-04','tokyo_close',NULL,NULL,'boundary','undecided','q1',3.00000000000000044408e-01,4.94065645841247e-324,NULL,NULL,NULL,NULL);
CREATE TABLE runs (
	id INTEGER NOT NULL, 
	job TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	status TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	params JSON NOT NULL, 
	summary JSON NOT NULL, 
	error JSON, 
	CONSTRAINT pk_runs PRIMARY KEY (id), 
	CONSTRAINT ck_runs_status CHECK (status IN ('running', 'done', 'done_with_exclusions', 'failed'))
);
INSERT INTO "runs" VALUES(1,'run','2025-04-07','done','2025-04-07 12:00:00.000000','2025-04-08 12:00:00.000000','{"seed": 7}','{"study": "first"}',NULL);
INSERT INTO "runs" VALUES(2,'nightly','2025-04-08','running','2025-04-08 12:00:00.000000',NULL,'{}','{}',NULL);
CREATE TABLE signal_sets (
	id INTEGER NOT NULL, 
	as_of DATE NOT NULL, 
	snapshot TEXT NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	CONSTRAINT pk_signal_sets PRIMARY KEY (id)
);
INSERT INTO "signal_sets" VALUES(1,'2025-04-08','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2025-04-07 12:00:00.000000');
CREATE TABLE signals (
	set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	signal TEXT NOT NULL, 
	version TEXT NOT NULL, 
	value DOUBLE, 
	unit TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	sentence TEXT NOT NULL, 
	inputs JSON NOT NULL, 
	details JSON NOT NULL, 
	CONSTRAINT pk_signals PRIMARY KEY (set_id, position), 
	CONSTRAINT fk_signals_set_id_signal_sets FOREIGN KEY(set_id) REFERENCES signal_sets (id)
);
INSERT INTO "signals" VALUES(1,0,'calm','1',1.5,'ratio','UNSCORED','It is calm.','[{"series": "topix", "last_session": "2025-04-08", "expected_session": "2025-04-08", "status": "fresh", "proxy_of": null}, {"series": "nikkei_vi", "last_session": null, "expected_session": null, "status": "missing", "proxy_of": "vix"}]','{"variance": 0.30000000000000004, "undefined": {"$float": "inf"}}');
CREATE TABLE sizes (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	series TEXT NOT NULL, 
	window_start INTEGER NOT NULL, 
	window_end INTEGER NOT NULL, 
	statistic TEXT NOT NULL, 
	method TEXT NOT NULL, 
	regime TEXT NOT NULL, 
	size DOUBLE, 
	error DOUBLE, 
	n INTEGER, 
	CONSTRAINT pk_sizes PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_sizes_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "sizes" VALUES(1,0,'topix',0,4,'CAR','fhs','all',0.05,3.33333333333333314829e-01,4000);
INSERT INTO "sizes" VALUES(1,1,'topix',0,4,'CAV','constant_chi2','top5',NULL,NULL,0);
INSERT INTO "sizes" VALUES(2,0,'topix',0,4,'CAR','fhs','all',0.05,3.33333333333333314829e-01,4000);
INSERT INTO "sizes" VALUES(2,1,'topix',0,4,'CAV','constant_chi2','top5',NULL,NULL,0);
CREATE TABLE studies (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	seed BIGINT NOT NULL, 
	design JSON NOT NULL, 
	warnings JSON NOT NULL, 
	columns JSON NOT NULL, 
	world TEXT NOT NULL, 
	source TEXT NOT NULL, 
	as_of DATETIME NOT NULL, 
	snapshot TEXT NOT NULL, 
	design_hash TEXT NOT NULL, 
	register TEXT NOT NULL, 
	provenance_seed BIGINT NOT NULL, 
	code_version TEXT NOT NULL, 
	notices JSON NOT NULL, 
	CONSTRAINT pk_studies PRIMARY KEY (id), 
	CONSTRAINT uq_studies_key UNIQUE ("key")
);
INSERT INTO "studies" VALUES(1,'first','2025-04-07 12:00:00.000000',7,'{"mean": "constant", "variance": "gjr", "dist": "t", "estimation": 500, "gap": 10, "bridge": "episode", "windows": [[0, 0], [0, 4]], "estimation_end": "2025-01-31", "presample": "mean", "replications": 9999, "level": 0.30000000000000004, "power": 0.8, "starts": 5, "second_opinion": true, "placebos": 4000, "parameter_draws": 0, "joint_replications": 0, "masked": ["2024-08-05", "2024-08-06"], "curve": true, "family": "study"}','["Prices are provisional."]','{"table": [["event", "str", []], ["series", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["method", "str", []], ["estimate", "float64", [0]], ["se", "float64", []], ["lower", "float64", []], ["upper", "float64", []], ["p_value", "float64", []], ["n", "int64", []], ["floor", "float64", []], ["mde", "float64", [2]], ["null_distribution", "str", []], ["bridge", "str", []], ["session", "datetime64[us]", []], ["phase", "str", []], ["ambiguous", "bool", []], ["origin", "datetime64[us]", []], ["estimation_start", "datetime64[us]", []], ["estimation_end", "datetime64[ns]", []], ["clock", "str", []], ["proxy_of", "object", []], ["episode", "str", []], ["fit_status", "str", []], ["verdict", "str", []], ["regime", "str", []], ["size", "float64", []], ["size_error", "float64", [0]], ["family", "str", []], ["p_adjusted", "float64", []], ["p_holm", "float64", []], ["p_bh", "float64", []]], "fits": [["series", "str", []], ["estimation_start", "datetime64[us]", []], ["estimation_end", "datetime64[us]", []], ["n", "int64", []], ["mean", "str", []], ["variance", "str", []], ["dist", "str", []], ["presample", "str", []], ["mu", "float64", []], ["phi", "float64", []], ["omega", "float64", []], ["alpha", "float64", []], ["gamma", "float64", []], ["beta", "float64", []], ["nu", "float64", []], ["lambda", "float64", []], ["loglikelihood", "float64", []], ["persistence", "float64", []], ["status", "str", []], ["ljung_box_z_p", "float64", []], ["ljung_box_z2_p", "float64", []], ["arch_lm_p", "float64", []], ["sign_bias_p", "float64", []], ["pit_ks_p", "float64", []], ["kappa", "float64", []], ["message", "object", []], ["score_norm", "float64", []], ["starts_gap", "float64", [0]], ["arch_loglikelihood", "float64", []], ["arch_optimum", "float64", []], ["influential", "str", []], ["persistence_without", "float64", []], ["half_life", "float64", []], ["half_life_lower", "float64", []], ["half_life_upper", "float64", []]], "paths": [["event", "str", []], ["series", "str", []], ["relative_day", "int64", []], ["session", "datetime64[us]", []], ["close", "float64", []], ["log_return", "float64", []], ["abnormal_return", "float64", []], ["car", "float64", []], ["car_lower", "float64", []], ["car_upper", "float64", []], ["forecast_variance", "float64", []], ["filtered_variance", "float64", []]], "reactions": [["event", "str", []], ["series", "str", []], ["clock", "str", []], ["session", "datetime64[us]", []], ["phase", "str", []], ["ambiguous", "bool", []], ["other_session", "datetime64[us]", []]], "questions": [["question", "str", []], ["direction", "str", []], ["series", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["method", "str", []], ["estimate", "float64", []], ["se", "float64", []], ["lower", "float64", []], ["upper", "float64", [0]], ["p_value", "float64", []], ["n", "int64", []], ["floor", "float64", []], ["mde", "float64", []], ["null_distribution", "str", []], ["p_holm", "float64", []], ["refusal", "str", []], ["left_out", "str", []]], "sizes": [["series", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["method", "str", []], ["regime", "str", []], ["size", "float64", []], ["error", "float64", []], ["n", "int64", []]], "curve": [["event", "str", []], ["series", "str", []], ["clock", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["mean", "str", []], ["variance", "str", []], ["dist", "str", []], ["estimation", "int64", []], ["gap", "int64", []], ["bridge", "str", []], ["masked", "str", []], ["estimate", "float64", [0]], ["deviation", "float64", []], ["p_value", "float64", []], ["method", "str", []], ["n", "int64", []], ["floor", "float64", []], ["fit_status", "str", []], ["agrees", "bool", []]], "truth": [["event", "str", []], ["series", "str", []], ["session", "datetime64[us]", []], ["mean_effect", "float64", [0]], ["variance_multiple", "float64", []]]}','simulated','files','2025-04-07 12:00:00.000000','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',7,'0.1.0','["a proxy stands in"]');
INSERT INTO "studies" VALUES(2,'second','2025-04-08 12:00:00.000000',7,'{"mean": "constant", "variance": "gjr", "dist": "t", "estimation": 500, "gap": 10, "bridge": "episode", "windows": [[0, 0], [0, 4]], "estimation_end": "2025-01-31", "presample": "mean", "replications": 9999, "level": 0.30000000000000004, "power": 0.8, "starts": 5, "second_opinion": true, "placebos": 4000, "parameter_draws": 0, "joint_replications": 0, "masked": ["2024-08-05", "2024-08-06"], "curve": true, "family": "study"}','["Prices are provisional."]','{"table": [["event", "str", []], ["series", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["method", "str", []], ["estimate", "float64", [0]], ["se", "float64", []], ["lower", "float64", []], ["upper", "float64", []], ["p_value", "float64", []], ["n", "int64", []], ["floor", "float64", []], ["mde", "float64", [2]], ["null_distribution", "str", []], ["bridge", "str", []], ["session", "datetime64[us]", []], ["phase", "str", []], ["ambiguous", "bool", []], ["origin", "datetime64[us]", []], ["estimation_start", "datetime64[us]", []], ["estimation_end", "datetime64[ns]", []], ["clock", "str", []], ["proxy_of", "object", []], ["episode", "str", []], ["fit_status", "str", []], ["verdict", "str", []], ["regime", "str", []], ["size", "float64", []], ["size_error", "float64", [0]], ["family", "str", []], ["p_adjusted", "float64", []], ["p_holm", "float64", []], ["p_bh", "float64", []]], "fits": [["series", "str", []], ["estimation_start", "datetime64[us]", []], ["estimation_end", "datetime64[us]", []], ["n", "int64", []], ["mean", "str", []], ["variance", "str", []], ["dist", "str", []], ["presample", "str", []], ["mu", "float64", []], ["phi", "float64", []], ["omega", "float64", []], ["alpha", "float64", []], ["gamma", "float64", []], ["beta", "float64", []], ["nu", "float64", []], ["lambda", "float64", []], ["loglikelihood", "float64", []], ["persistence", "float64", []], ["status", "str", []], ["ljung_box_z_p", "float64", []], ["ljung_box_z2_p", "float64", []], ["arch_lm_p", "float64", []], ["sign_bias_p", "float64", []], ["pit_ks_p", "float64", []], ["kappa", "float64", []], ["message", "object", []], ["score_norm", "float64", []], ["starts_gap", "float64", []], ["arch_loglikelihood", "float64", []], ["arch_optimum", "float64", []], ["influential", "str", []], ["persistence_without", "float64", []], ["half_life", "float64", []], ["half_life_lower", "float64", []], ["half_life_upper", "float64", []]], "paths": [["event", "str", []], ["series", "str", []], ["relative_day", "int64", []], ["session", "datetime64[us]", []], ["close", "float64", []], ["log_return", "float64", []], ["abnormal_return", "float64", []], ["car", "float64", []], ["car_lower", "float64", []], ["car_upper", "float64", []], ["forecast_variance", "float64", []], ["filtered_variance", "float64", []]], "reactions": [["event", "str", []], ["series", "str", []], ["clock", "str", []], ["session", "datetime64[us]", []], ["phase", "str", []], ["ambiguous", "bool", []], ["other_session", "datetime64[us]", []]], "questions": [["question", "str", []], ["direction", "str", []], ["series", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["method", "str", []], ["estimate", "float64", []], ["se", "float64", []], ["lower", "float64", []], ["upper", "float64", [0]], ["p_value", "float64", []], ["n", "int64", []], ["floor", "float64", []], ["mde", "float64", []], ["null_distribution", "str", []], ["p_holm", "float64", []], ["refusal", "str", []], ["left_out", "str", []]], "sizes": [["series", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["method", "str", []], ["regime", "str", []], ["size", "float64", []], ["error", "float64", []], ["n", "int64", []]], "curve": [["event", "str", []], ["series", "str", []], ["clock", "str", []], ["window_start", "int64", []], ["window_end", "int64", []], ["statistic", "str", []], ["mean", "str", []], ["variance", "str", []], ["dist", "str", []], ["estimation", "int64", []], ["gap", "int64", []], ["bridge", "str", []], ["masked", "str", []], ["estimate", "float64", [0]], ["deviation", "float64", []], ["p_value", "float64", []], ["method", "str", []], ["n", "int64", []], ["floor", "float64", []], ["fit_status", "str", []], ["agrees", "bool", []]]}','simulated','files','2025-04-07 12:00:00.000000','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',7,'0.1.0','["a proxy stands in"]');
CREATE TABLE truths (
	study_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event TEXT NOT NULL, 
	series TEXT NOT NULL, 
	session DATE, 
	mean_effect DOUBLE, 
	variance_multiple DOUBLE, 
	CONSTRAINT pk_truths PRIMARY KEY (study_id, position), 
	CONSTRAINT fk_truths_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "truths" VALUES(1,0,'E05','topix','2025-04-03',0.0,4.0);
CREATE TABLE world (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT pk_world PRIMARY KEY (id), 
	CONSTRAINT ck_world_name CHECK (name IN ('real', 'simulated')), 
	CONSTRAINT ck_world_one_row CHECK (id = 1)
);
INSERT INTO "world" VALUES(1,'simulated');
CREATE INDEX ix_batches_series_recorded_at ON batches (series, recorded_at);
CREATE INDEX ix_bars_series_session_date ON bars (series, session_date);
CREATE UNIQUE INDEX uq_bars_current ON bars (series, session_date) WHERE superseded_at IS NULL;
CREATE INDEX ix_signal_sets_as_of ON signal_sets (as_of);
CREATE INDEX ix_runs_job_key ON runs (job, "key");
CREATE UNIQUE INDEX uq_runs_success ON runs (job, "key") WHERE status IN ('done', 'done_with_exclusions');
COMMIT;
