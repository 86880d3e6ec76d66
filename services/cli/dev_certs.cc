#include "services/cli/dev_certs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/crypto/certificates.h"
#include "common/error/error.h"
#include "common/rpc/peer_identity.h"

namespace stillpoint::cli {
namespace {

// A machine whose clock is a little behind accepts them too.
constexpr absl::Duration kBackdated = absl::Hours(1);

struct Owner {
  const char* name;      // Of its files.
  const char* identity;  // Path of its SPIFFE id (common/rpc/peer_identity.h).
};
constexpr Owner kOwners[] = {
    {"booking", "services/booking"},
    {"client-record", "services/client-record"},
    {"notification", "services/notification"},
    {"worker", "workers/local"},
    {"client", "clients/local"},
};

struct File {
  std::string path;
  std::string content;
  mode_t mode;
};

absl::StatusOr<std::vector<File>> Make(const std::string& directory,
                                       const std::string& trust_domain, absl::Time now) {
  const crypto::Validity validity = {now - kBackdated, now + kDevCertificatesHold};
  ASSIGN_OR_RETURN(const crypto::CertifiedKey authority,
                   crypto::MakeAuthority("Stillpoint development", validity));
  std::vector<File> files;
  files.reserve(1 + 2 * std::size(kOwners));
  files.push_back({absl::StrCat(directory, "/ca.crt"), authority.certificate, 0644});
  for (const Owner& owner : kOwners) {
    const crypto::CertificateNames names = {
        owner.name,
        {"localhost"},
        {"127.0.0.1", "::1"},
        {absl::StrCat("spiffe://", trust_domain, "/", owner.identity)}};
    ASSIGN_OR_RETURN(crypto::CertifiedKey pair,
                     crypto::MakeCertificate(authority, names, validity));
    const std::string stem = absl::StrCat(directory, "/", owner.name);
    files.push_back({stem + ".key", std::move(pair.key), 0600});
    files.push_back({stem + ".crt", std::move(pair.certificate), 0644});
  }
  return files;
}

// Under another name first, so that a reader never sees half of a file, or an old file's mode.
bool Write(const File& file) {
  const std::string temporary = file.path + ".new";
  unlink(temporary.c_str());  // Of a run that was killed.
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode);
  if (fd < 0) return false;
  const ssize_t wrote = write(fd, file.content.data(), file.content.size());
  const bool synced = fsync(fd) == 0;
  if (close(fd) != 0 || !synced || wrote != static_cast<ssize_t>(file.content.size())) {
    unlink(temporary.c_str());
    return false;
  }
  return std::rename(temporary.c_str(), file.path.c_str()) == 0;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WriteDevCertificates(const std::string& directory,
                                                              const std::string& trust_domain,
                                                              bool force, absl::Time now) {
  if (!rpc::IsTrustDomain(trust_domain)) {
    return InvalidField("--trust-domain", "small letters, digits, '.', '-' and '_' only");
  }
  ASSIGN_OR_RETURN(const std::vector<File> files, Make(directory, trust_domain, now));
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return InvalidField("directory", absl::StrCat(directory, " cannot be made"));
  }
  for (const File& file : files) {
    if (!force && access(file.path.c_str(), F_OK) == 0) {
      return InvalidField("directory", absl::StrCat(file.path, " exists; --force replaces it"));
    }
  }
  std::vector<std::string> written;
  written.reserve(files.size());
  for (const File& file : files) {
    if (!Write(file)) return InvalidField("directory", absl::StrCat(file.path, ": cannot write"));
    written.push_back(file.path);
  }
  return written;
}

}  // namespace stillpoint::cli
