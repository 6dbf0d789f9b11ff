"""What was applied, held against the code that it deploys."""

import hashlib
import importlib
import re
import subprocess
import zipfile

import grimp
import pytest

from lib.config import Config
from local.routes import read_routes
from tests.terraform.conftest import API_KEY, OWNER_PASSWORD, ROOT, SMTP_PASSWORD, VENDOR_KEY, Applied, make_environment

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(900)]


def routes_of(function: str) -> set[tuple[str, str]]:
    """The methods and paths that a function's code declares."""
    return {(one.method, one.path) for one in importlib.import_module(f"functions.{function}.main").api.routes}


def test_the_balancer_tries_the_paths_of_routes_yaml_in_their_order(applied: Applied) -> None:
    table = read_routes()
    backends = {one["id"]: one["backend"][0]["group"] for one in applied.of("google_compute_backend_service")}
    groups = {
        one["id"]: one["cloud_run"][0]["service"] for one in applied.of("google_compute_region_network_endpoint_group")
    }
    entry_points = {one["name"]: name for name, one in applied.functions.items()}
    [url_map] = [one for one in applied.of("google_compute_url_map") if one["path_matcher"]]
    rules = sorted(url_map["path_matcher"][0]["route_rules"], key=lambda rule: int(rule["priority"]))
    found = [
        (
            rule["match_rules"][0]["path_template_match"],
            *[(one["header_name"], one["exact_match"]) for one in rule["match_rules"][0]["header_matches"]],
            entry_points[groups[backends[rule["service"]]]],
        )
        for rule in rules
    ]

    assert found == public_routes()
    for default in (url_map["default_service"], url_map["path_matcher"][0]["default_service"]):
        assert entry_points[groups[backends[default]]] == table.default
    assert set(applied.functions) == set(table.functions)


def public_routes() -> list[tuple[object, ...]]:
    import yaml  # noqa: PLC0415 - the file as it stands, beside what local/ makes of it

    routes = yaml.safe_load((ROOT / "routes.yaml").read_text())["routes"]
    of_method = [[(":method", route["method"])] if "method" in route else [] for route in routes]
    return [(route["path"], *method, route["function"]) for route, method in zip(routes, of_method, strict=True)]


def test_only_public_functions_can_be_called_by_everybody_and_by_the_balancer_alone(applied: Applied) -> None:
    invokers = {one["name"]: one["member"] for one in applied.of("google_cloud_run_v2_service_iam_member")}
    table = read_routes()
    for name, function in applied.functions.items():
        is_public = name in table.public_functions
        ingress = function["service_config"][0]["ingress_settings"]
        assert ingress == ("ALLOW_INTERNAL_AND_GCLB" if is_public else "ALLOW_INTERNAL_ONLY")
        assert (invokers[function["name"]] == "allUsers") == is_public


def test_every_job_has_its_schedule_and_every_schedule_its_job(applied: Applied) -> None:
    jobs = applied.functions["jobs"]["service_config"][0]["uri"]
    targets = [one["http_target"][0] for one in applied.of("google_cloud_scheduler_job")]
    scheduled = {(target["http_method"], target["uri"].removeprefix(jobs)) for target in targets}

    assert scheduled == {route for route in routes_of("jobs") if route[1].startswith("/jobs/")}
    assert all(
        one["http_target"][0]["oidc_token"][0]["audience"] == jobs for one in applied.of("google_cloud_scheduler_job")
    )


def test_what_is_limited_and_announced_are_routes_of_the_code(applied: Applied) -> None:
    rules = [rule for one in applied.of("google_compute_security_policy") for rule in one["rule"]]
    expressions = [match["expr"][0]["expression"] for rule in rules for match in rule["match"] if match["expr"]]
    limited = set(re.findall(r"'(/[^']+)'", " ".join(expressions)))

    # Decoded, as the functions do it, and joined by what Cloud Armor's language has.
    assert all(part.startswith("request.path.urlDecode() == '/") for one in expressions for part in one.split(" || "))
    webhook = "/api/payments/fawaterk/webhook"
    webhooks = {webhook, f"{webhook}/", f"{webhook}_json", f"{webhook}_json/"}
    codes = {f"/api/auth/{name}" for name in ("forgot-password", "reset-password", "verify-email", "resend-verification")}
    assert limited == {"/api/auth/login", "/api/auth/register", "/api/auth/refresh", *codes, *webhooks}


def test_each_limited_path_is_limited_at_the_function_that_serves_it(applied: Applied) -> None:
    """A policy counts for the backends that have it: a path that another function serves would be let through."""
    policies = {one["id"]: str(one["rule"]) for one in applied.of("google_compute_security_policy")}
    limited = set(re.findall(r"'(/api[^']+)'", " ".join(policies.values())))
    reached = set()
    for backend in applied.of("google_compute_backend_service"):
        served = {path for method, path in routes_of(backend["name"].removeprefix("altayarvip-").replace("-", "_"))}
        reached |= {path for path in served if f"'{path}'" in policies[backend["security_policy"]]}
    assert reached == limited


def test_the_address_that_the_code_believes_is_the_one_that_the_balancer_saw(applied: Applied) -> None:
    for backend in applied.of("google_compute_backend_service"):
        assert backend["custom_request_headers"] == ["X-Client-Address:{client_ip_address}"]


@pytest.mark.parametrize("name", read_routes().functions)
def test_a_function_gets_the_variables_that_its_code_reads(applied: Applied, name: str) -> None:
    environment = applied.functions[name]["service_config"][0]["environment_variables"]
    known = {str(field.alias) for field in Config.model_fields.values()} | {
        "FUNCTION_USE_ASGI",
        "MALLOC_ARENA_MAX",
        "MALLOC_MMAP_THRESHOLD_",
        "RELEASE",
    }
    settings = Config.model_validate({**environment, "seller": environment, "loyalty": environment})

    assert set(environment) <= known
    assert environment["FUNCTION_USE_ASGI"] == "true"
    assert int(environment["THREADS"]) == applied.functions[name]["service_config"][0]["max_instance_request_concurrency"]
    assert (settings.environment, settings.debug, settings.fawaterk_test_mode) == ("production", False, False)
    assert settings.app_base_url == "https://api.altayarvip.com"
    assert settings.prepares_deployment == (name == "jobs")


def roles(applied: Applied, secret: str) -> dict[str, set[str]]:
    """The functions that may do something with a secret, and what."""
    accounts = {one["service_config"][0]["service_account_email"]: name for name, one in applied.functions.items()}
    found: dict[str, set[str]] = {}
    for one in applied.of("google_secret_manager_secret_iam_member"):
        if one["secret_id"].endswith(secret):
            name = accounts[one["member"].removeprefix("serviceAccount:")]
            found.setdefault(name, set()).add(one["role"].rpartition(".")[2])
    return found


def test_a_secret_is_read_by_the_functions_whose_code_needs_it_and_by_no_other(applied: Applied) -> None:
    graph = grimp.build_graph("functions", "lib")

    def needing(module: str) -> set[str]:
        return {name for name in applied.functions if module in graph.find_upstream_modules(f"functions.{name}.main")}

    # A function can import the gateway's module without ever calling the gateway: loyalty and auth do not even that.
    assert set(roles(applied, "fawaterk-api-key")) == needing("lib.payments.gateway")
    assert set(roles(applied, "fawaterk-vendor-key")) == needing("functions.payments_webhook.webhook")
    assert set(roles(applied, "jwt-secret")) == set(applied.functions)
    assert set(roles(applied, "smtp-url")) == needing("lib.mail.smtp") == {"jobs"}
    assert set(roles(applied, "database-url")) == {"jobs"}
    assert roles(applied, "first-admin-password") == {"jobs": {"secretVersionAdder"}}
    assert [name for name, given in roles(applied, "jwt-secret").items() if "secretVersionAdder" in given] == ["jobs"]


def test_a_public_function_mounts_the_newest_version_of_each_secret_that_it_reads_and_of_no_other(applied: Applied) -> None:
    for name, function in applied.functions.items():
        service = function["service_config"][0]
        mounts = {one["mount_path"]: one for one in service["secret_volumes"]}
        readable = [
            one["secret_id"].rpartition("/")[2]
            for one in applied.of("google_secret_manager_secret_iam_member")
            if one["member"].endswith(service["service_account_email"]) and one["role"].endswith("secretAccessor")
        ]
        # The jobs function makes the first version of a secret, and a mount needs one.
        expected = [] if name == "jobs" else readable
        root = service["environment_variables"]["SECRETS_MOUNT"]
        assert sorted(mounts) == sorted(f"{root}/{secret}" for secret in expected), name
        for path, one in mounts.items():
            assert one["secret"] == path.rpartition("/")[2]
            assert one["versions"] == [{"path": "latest", "version": "latest"}]


def test_pictures_are_private_and_only_for_functions_whose_code_needs_them(applied: Applied) -> None:
    graph = grimp.build_graph("functions", "lib")
    needing = {
        name for name in applied.functions if "lib.pictures.storage" in graph.find_upstream_modules(f"functions.{name}.main")
    }
    [bucket] = [one for one in applied.of("google_storage_bucket") if one["name"].endswith("-pictures")]
    assert (bucket["public_access_prevention"], bucket["uniform_bucket_level_access"]) == ("enforced", True)
    accounts = {one["service_config"][0]["service_account_email"]: name for name, one in applied.functions.items()}
    given: dict[str, set[str]] = {}
    for one in applied.of("google_storage_bucket_iam_member"):
        given.setdefault(accounts[one["member"].removeprefix("serviceAccount:")], set()).add(one["role"].rpartition(".")[2])
    assert given == {name: {"objectUser"} for name in needing}
    for name, function in applied.functions.items():
        environment = function["service_config"][0]["environment_variables"]
        assert environment.get("PICTURES_BUCKET") == (bucket["name"] if name in needing else None), name


def test_no_function_s_account_has_more_of_the_project_than_its_database(applied: Applied) -> None:
    accounts = {one["service_config"][0]["service_account_email"] for one in applied.functions.values()}
    given = [(one["member"].removeprefix("serviceAccount:"), one["role"]) for one in applied.of("google_project_iam_member")]

    assert {role for account, role in given if account in accounts} == {
        "roles/cloudsql.client",
        "roles/cloudsql.instanceUser",
    }
    assert len(accounts) == len(applied.functions)


@pytest.mark.parametrize("file", ["plan.json", "state.json", "terraform.tfstate.backup", "first.tfplan"])
@pytest.mark.parametrize("secret", [OWNER_PASSWORD, API_KEY, VENDOR_KEY, SMTP_PASSWORD])
def test_no_secret_stands_in_plan_or_state(applied: Applied, file: str, secret: str) -> None:
    path = applied.folder / file
    told = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as plan:
            told = b"".join(plan.read(name) for name in plan.namelist())
    assert secret.encode() not in told


def test_each_log_line_that_is_counted_is_one_that_the_code_writes(applied: Applied) -> None:
    code = "\n".join(path.read_text() for folder in ("lib", "functions") for path in (ROOT / folder).rglob("*.py"))
    for metric in applied.of("google_logging_metric"):
        [message] = re.findall(r'jsonPayload\.message="([^"]+)"', metric["filter"])
        assert f'"{message}"' in code, metric["name"]
        for field in re.findall(r"jsonPayload\.(\w+)>", metric["filter"]):
            assert f"{field}=" in code, metric["name"]


def test_no_request_log_keeps_an_address_that_opens_a_page(applied: Applied) -> None:
    [exclusion] = applied.of("google_logging_project_exclusion")
    assert not exclusion["disabled"]
    # The balancer's request log, and the one that Cloud Run writes of the same request.
    assert 'resource.type="http_load_balancer" OR log_id("run.googleapis.com/requests")' in exclusion["filter"]
    [expression] = re.findall(r'requestUrl=~"([^"]+)"', exclusion["filter"])
    paths = {path for name in read_routes().public_functions for _, path in routes_of(name)}
    with_token = {path for path in paths if path.startswith(("/payment/", "/invoices/"))}
    assert len(with_token) == 4
    for path in with_token:
        assert re.search(expression, f"https://api.altayarvip.com{path}?token=x")
        assert re.search(expression, f"https://altayarvip-x.a.run.app/{path.upper()}")
    for other in ("/api/payments/status/x", "/api/orders/x/invoice", "/health"):
        assert not re.search(expression, f"https://api.altayarvip.com{other}")


def test_each_alert_tells_somebody_and_has_its_place_in_the_runbook(applied: Applied) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text()
    for alert in applied.of("google_monitoring_alert_policy"):
        key = alert["documentation"][0]["subject"].removeprefix("AltayarVIP: ")
        assert f"| `{key}` |" in runbook, key
        assert alert["notification_channels"]


def test_the_archive_holds_what_is_deployed_and_nothing_else(applied: Applied) -> None:
    deployed = ["admin.py", "functions", "lib", "migrations", "requirements.txt"]
    tracked = subprocess.run(["git", "ls-files", *deployed], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    with zipfile.ZipFile(applied.archive) as archive:
        assert sorted(archive.namelist()) == sorted(tracked.split())


def test_the_source_is_named_after_its_content(applied: Applied) -> None:
    digest = hashlib.sha256(applied.archive.read_bytes()).hexdigest()
    for function in applied.functions.values():
        assert function["build_config"][0]["source"][0]["storage_source"][0]["object"] == f"source-{digest}.zip"


def test_a_scan_finds_nothing_but_what_is_passed_over_for_a_reason(
    applied: Applied, tmp_path_factory: pytest.TempPathFactory
) -> None:
    programs = make_environment(tmp_path_factory.mktemp("scanner"), ROOT / "requirements-terraform.txt")
    scan = subprocess.run(
        [programs / "checkov", "--config-file", ROOT / "terraform" / ".checkov.yaml", "-f", applied.folder / "plan.json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert scan.returncode == 0, scan.stdout
    assert "Failed checks: 0" in scan.stdout
